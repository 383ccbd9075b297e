/**
 * What the walk-forward runner drives: anything that learns from returns and states the law of the next one.
 * Flow: observations -> fit, observe -> tail, cdf -> walk-forward.
 * Units: those of the return in the observations; quantiles and tail means are returns (a loss is negative).
 */
import type { Observation, ObservationSeries } from '../posterior/observation.ts';

export interface Forecaster {
  readonly name: string;
  /** Names of what `weights` fills; empty where there is no pool. */
  readonly members: readonly string[];
  /** True where something outlives a fit (the weights of a pool); false where history alone decides. */
  readonly carries: boolean;
  fit(history: ObservationSeries): void;
  observe(observation: Observation): void;
  /** Quantile of the next return at each probability, and its mean at or below that quantile. */
  tail(probabilities: readonly number[], quantile: Float64Array, tailMean: Float64Array): void;
  /** Mean of exp(next return) at or below its quantile at the probability: what simple returns need. */
  expTailMean(probability: number): number;
  /** P(next return <= x), in [0, 1]. */
  cdf(x: number): number;
  /** Natural log of the density at x; undefined where the law has none. */
  logDensity(x: number): number | undefined;
  /** Fills the members' present weights. */
  weights(out: Float64Array): void;
}

/** A view of [from, to) without copying. */
export function sliceSeries(series: ObservationSeries, from: number, to: number): ObservationSeries {
  if (!(from >= 0 && from <= to && to <= series.length))
    throw new RangeError(`slice ${from} to ${to} outside the series`);
  return {
    intervalMs: series.intervalMs,
    length: to - from,
    openTimeMs: series.openTimeMs.subarray(from, to),
    logReturn: series.logReturn.subarray(from, to),
    realisedVariance: series.realisedVariance.subarray(from, to),
    elapsedBars: series.elapsedBars.subarray(from, to),
  };
}

export function observationAt(series: ObservationSeries, index: number): Observation {
  return {
    openTimeMs: series.openTimeMs[index]!,
    logReturn: series.logReturn[index]!,
    realisedVariance: series.realisedVariance[index]!,
    elapsedBars: series.elapsedBars[index]!,
  };
}
