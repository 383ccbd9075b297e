/**
 * From bars to what a volatility model sees of them.
 * A bar without trades is no observation: its price is the last one carried on, not a return of zero. The next
 * bar that traded gives one return over all the time since, with `elapsedBars` saying how long that was.
 * Its realised variance then covers only its own bar, so it is kept for consecutive bars alone.
 * Units: natural log returns, squared log returns.
 */
import type { Observation } from '../posterior/observation.ts';
import type { Bar } from './bar.ts';

/** The observation that `bar` makes after `previous`, or undefined where there is none. */
export function observationBetween(previous: Bar, bar: Bar): Observation | undefined {
  if (bar.trades === 0) return undefined;
  const elapsedBars = Math.round((bar.openTimeMs - previous.openTimeMs) / bar.intervalMs);
  if (elapsedBars < 1) return undefined;
  return {
    openTimeMs: bar.openTimeMs,
    logReturn: Math.log(bar.close / previous.close),
    realisedVariance: elapsedBars === 1 && bar.complete ? bar.realisedVariance : Number.NaN,
    elapsedBars,
  };
}

/** Observations of a whole history, oldest first. */
export function observationsFromBars(bars: readonly Bar[]): Observation[] {
  const observations: Observation[] = [];
  let previous: Bar | undefined;
  for (const bar of bars) {
    if (previous !== undefined) {
      const observation = observationBetween(previous, bar);
      if (observation === undefined) continue;
      observations.push(observation);
    }
    previous = bar;
  }
  return observations;
}
