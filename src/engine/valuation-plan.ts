/**
 * Turns what the operator configures into the plan of the risk memory: which interval serves which standard
 * horizon, how much history each keeps, and how often it is fitted anew.
 * Units: milliseconds and bars.
 */
import { posteriorShape } from '#domain/posterior/state-layout.ts';
import type { IntervalPlan, RiskPlan } from '#memory/risk-layout.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Horizons that are tabulated at every publication: an hour, four hours, one day, ten days. */
export const STANDARD_HORIZONS_MS = [HOUR, 4 * HOUR, DAY, 10 * DAY] as const;

const MAX_STEPS = 30;
const SPARE_BARS = 512;

export interface ValuationPlanOptions {
  readonly symbols: readonly string[];
  readonly intervalsMs: readonly number[];
  readonly particles: number;
  readonly models?: readonly string[];
  readonly seed: number;
  readonly horizonsMs?: readonly number[];
  /** Bars that a fit sees. */
  readonly fitBars?: number;
  /** A symbol is fitted anew every so many bars; by default once a day, and every ten bars of a day or more. */
  readonly refitBars?: number;
}

export function valuationPlan(options: ValuationPlanOptions): RiskPlan {
  const intervalsMs = [...new Set(options.intervalsMs)].sort((a, b) => a - b);
  if (intervalsMs.length === 0) throw new RangeError('valuation needs a bar interval');
  if (new Set(options.symbols).size !== options.symbols.length)
    throw new RangeError('a symbol is configured twice');
  const { fitBars = 2400, horizonsMs = STANDARD_HORIZONS_MS } = options;
  const intervals = intervalsMs.map((intervalMs, index): IntervalPlan => {
    const next = intervalsMs[index + 1] ?? Infinity;
    const served = horizonsMs.filter(
      (horizonMs) =>
        horizonMs > intervalMs && horizonMs < next && Math.ceil(horizonMs / intervalMs) <= MAX_STEPS,
    );
    return {
      intervalMs,
      historyBars: fitBars + SPARE_BARS,
      fitBars,
      horizonsMs: [intervalMs, ...[...new Set(served)].sort((a, b) => a - b)],
      maxSteps: MAX_STEPS,
      refitBars: options.refitBars ?? Math.max(Math.round(DAY / intervalMs), 10),
    };
  });
  const state = posteriorShape({
    intervalMs: intervals[0]!.intervalMs,
    particles: options.particles,
    ...(options.models === undefined ? {} : { models: options.models }),
    seed: options.seed,
  });
  return { symbols: options.symbols, intervals, state, seed: options.seed };
}
