/**
 * Turns closed bars into what volatility models observe.
 *
 * The realised variance of a bar is the tick estimate where the bar carries one, else Garman and Klass (1980)
 * from its range, plus the squared jump from the previous close to this open, so that it estimates the
 * variance of the close-to-close return. A bar whose range is a single price says nothing of its inside:
 * it yields NaN and the models fall back on the squared return.
 * A bar in which nothing traded is no observation; the next one then spans more than one interval.
 * Flow: bars -> here -> AssetPosterior.fit and observe. Units: log returns and their squares.
 */
import type { Bar } from '../market/bar.ts';
import type { Observation, ObservationSeries } from './observation.ts';

const GARMAN_KLASS_BODY = 2 * Math.LN2 - 1;

function traded(bar: Bar): boolean {
  return bar.close > 0 && !(bar.trades === 0 || bar.volume === 0);
}

function realisedVariance(bar: Bar, previousClose: number): number {
  const jump = Math.log(bar.open / previousClose);
  if (bar.realisedVariance >= 0 && bar.complete) return bar.realisedVariance + jump * jump;
  if (!(bar.high > bar.low)) return Number.NaN;
  const range = Math.log(bar.high / bar.low);
  const body = Math.log(bar.close / bar.open);
  return Math.max(0.5 * range * range - GARMAN_KLASS_BODY * body * body, 0) + jump * jump;
}

/** The observation that `bar` makes after `previous`, or undefined where nothing traded. */
export function observationFromBar(bar: Bar, previous: Bar): Observation | undefined {
  if (!traded(bar)) return undefined;
  const elapsed = Math.round((bar.openTimeMs - previous.openTimeMs) / bar.intervalMs);
  if (!(elapsed >= 1)) throw new RangeError(`bars out of order at ${bar.openTimeMs}`);
  return {
    openTimeMs: bar.openTimeMs,
    logReturn: Math.log(bar.close / previous.close),
    realisedVariance: realisedVariance(bar, previous.close),
    elapsedBars: elapsed,
  };
}

export function observationsFromBars(bars: readonly Bar[]): ObservationSeries {
  const found: Observation[] = [];
  let previous: Bar | undefined;
  for (const bar of bars) {
    if (previous === undefined) {
      if (traded(bar)) previous = bar;
      continue;
    }
    const observation = observationFromBar(bar, previous);
    if (observation === undefined) continue;
    found.push(observation);
    previous = bar;
  }
  return observationSeries(bars[0]?.intervalMs ?? 0, found);
}

export function observationSeries(intervalMs: number, list: readonly Observation[]): ObservationSeries {
  return {
    intervalMs,
    length: list.length,
    openTimeMs: Float64Array.from(list, (one) => one.openTimeMs),
    logReturn: Float64Array.from(list, (one) => one.logReturn),
    realisedVariance: Float64Array.from(list, (one) => one.realisedVariance),
    elapsedBars: Float64Array.from(list, (one) => one.elapsedBars),
  };
}
