/**
 * Lets a posterior see the bars it has not seen: each is scored under the forecast made before it, then
 * observed. Where a fit falls due the symbol halts at that bar until the fit is done, so that the state
 * depends on the bars alone and not on how many of them arrived at once.
 *
 * Flow: memory/bar-history -> here -> posterior state, memory/score-history. Units: log returns, scores.
 */
import type { Bar } from '#domain/market/bar.ts';
import { forecastScore } from '#domain/measure/forecast-score.ts';
import type { AssetPosterior } from '#domain/posterior/asset-posterior.ts';
import type { Observation } from '#domain/posterior/observation.ts';
import { observationFromBar } from '#domain/posterior/observations-from-bars.ts';
import type { IntervalMemory } from '#memory/risk-memory.ts';

export interface ObservedBars {
  readonly observed: number;
  /** The bar at which a fit fell due, if one did; later bars are still to be seen. */
  readonly refitAtMs: number | undefined;
}

/** A bar's normal score under the forecast before it; NaN across a gap, where that forecast was for less. */
function scoreBefore(posterior: AssetPosterior, { logReturn, elapsedBars }: Observation): number {
  if (elapsedBars !== 1) return Number.NaN;
  return forecastScore(posterior.predictive(), logReturn);
}

/** Scheduled fits fall on fixed bars, spread over the symbols, so that replicas fit at the same ones. */
function fitIsScheduled(bar: Bar, symbolIndex: number, everyBars: number): boolean {
  return Math.round(bar.openTimeMs / bar.intervalMs) % everyBars === (symbolIndex * 7) % everyBars;
}

export function observeNewBars(
  { history, scores, plan }: IntervalMemory,
  symbolIndex: number,
  posterior: AssetPosterior,
  haltForFits: boolean,
): ObservedBars {
  const bars = history.read(symbolIndex, plan.historyBars);
  let previous = bars.find((bar) => bar.openTimeMs === posterior.lastOpenTimeMs);
  let observed = 0;
  for (const bar of bars) {
    if (bar.openTimeMs <= posterior.lastOpenTimeMs) continue;
    // The ring has moved past the last bar seen: only a fit from what is there can go on.
    if (previous === undefined) return { observed, refitAtMs: bars[bars.length - 1]!.openTimeMs };
    const observation = observationFromBar(bar, previous);
    if (observation === undefined) continue;
    scores.write(symbolIndex, bar.openTimeMs, scoreBefore(posterior, observation));
    posterior.observe(observation);
    previous = bar;
    observed++;
    if (haltForFits && (posterior.needsRefit || fitIsScheduled(bar, symbolIndex, plan.refitBars)))
      return { observed, refitAtMs: bar.openTimeMs };
  }
  return { observed, refitAtMs: undefined };
}
