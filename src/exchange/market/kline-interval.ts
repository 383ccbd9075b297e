/**
 * The kline intervals served, by their wire names. Weeks open on Monday, everything else on its own multiple.
 * Units: milliseconds.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from './bar-node.ts';

export interface KlineInterval {
  readonly name: string;
  readonly widthMs: number;
  /** Opens are congruent to this modulo the width. */
  readonly phaseMs: number;
}

/** The epoch was a Thursday, the first Monday came four days later. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

const WIDTHS: readonly (readonly [string, number])[] = [
  ['1m', MINUTE_MS],
  ['3m', 3 * MINUTE_MS],
  ['5m', 5 * MINUTE_MS],
  ['15m', 15 * MINUTE_MS],
  ['30m', 30 * MINUTE_MS],
  ['1h', HOUR_MS],
  ['2h', 2 * HOUR_MS],
  ['4h', 4 * HOUR_MS],
  ['6h', 6 * HOUR_MS],
  ['8h', 8 * HOUR_MS],
  ['12h', 12 * HOUR_MS],
  ['1d', DAY_MS],
  ['3d', 3 * DAY_MS],
  ['1w', 7 * DAY_MS],
];

const INTERVALS: ReadonlyMap<string, KlineInterval> = new Map(
  WIDTHS.map(([name, widthMs]) => [name, { name, widthMs, phaseMs: name === '1w' ? FIRST_MONDAY_MS : 0 }]),
);

export function findInterval(name: string): KlineInterval | undefined {
  return INTERVALS.get(name);
}

/** Open time of the bar containing the time. */
export function openOf(interval: KlineInterval, timeMs: number): number {
  const sincePhase = timeMs - interval.phaseMs;
  return timeMs - (((sincePhase % interval.widthMs) + interval.widthMs) % interval.widthMs);
}

/** Opens of the at most `limit` bars a range selects, by the exchange's rule, given listing time and now. */
export function selectOpens(
  interval: KlineInterval,
  range: { readonly startMs?: number | undefined; readonly endMs?: number | undefined },
  limit: number,
  listedMs: number,
  nowMs: number,
): { readonly firstMs: number; readonly lastMs: number } {
  const lastMs = openOf(interval, Math.min(range.endMs ?? nowMs, nowMs));
  const earliestMs = openOf(interval, listedMs);
  if (range.startMs === undefined) {
    const firstMs = Math.max(earliestMs, lastMs - (limit - 1) * interval.widthMs);
    return { firstMs, lastMs };
  }
  const startOpen = openOf(interval, range.startMs);
  const atOrAfter = startOpen < range.startMs ? startOpen + interval.widthMs : startOpen;
  const firstMs = Math.max(earliestMs, atOrAfter);
  return { firstMs, lastMs: Math.min(lastMs, firstMs + (limit - 1) * interval.widthMs) };
}
