/**
 * Forecasts beside their outcomes: what the tests and scores of this room read.
 * Flow: walk-forward or the live tracker -> here -> tests, losses, report.
 * Units: outcome is a return (a loss is negative); valueAtRisk and expectedShortfall are losses (positive)
 * in the same unit; pit in [0, 1]; confidence in (0, 1).
 * Shapes: every array holds `length` entries, oldest first; entry t was fixed before outcome t was known.
 */
export interface LevelForecast {
  readonly confidence: number;
  readonly valueAtRisk: Float64Array;
  readonly expectedShortfall: Float64Array;
}

export interface ForecastTrack {
  readonly name: string;
  readonly length: number;
  readonly outcome: Float64Array;
  readonly levels: readonly LevelForecast[];
  readonly pit: Float64Array;
  /** Log predictive density of each outcome; empty where the forecaster has no density. */
  readonly logScore: Float64Array;
}

/** 1 - confidence without the dust of binary fractions: 0.975 gives 0.025 exactly as printed. */
export function tailProbability(confidence: number): number {
  if (!(confidence > 0 && confidence < 1)) throw new RangeError(`confidence ${confidence} is not in (0, 1)`);
  return Math.round((1 - confidence) * 1e12) / 1e12;
}

/** 1 where the loss went beyond the VaR; touching it is no exceedance. */
export function exceedances(outcome: Float64Array, valueAtRisk: Float64Array): Uint8Array {
  if (outcome.length !== valueAtRisk.length) throw new RangeError('outcome and valueAtRisk differ in length');
  return Uint8Array.from(outcome, (value, t) => (-value > valueAtRisk[t]! ? 1 : 0));
}

export function countOnes(hits: Uint8Array): number {
  let sum = 0;
  for (const hit of hits) sum += hit;
  return sum;
}
