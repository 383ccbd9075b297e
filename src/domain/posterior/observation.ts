/**
 * What a volatility model sees of one bar.
 * Units: logReturn is ln(close_t / close_{t-1}); realisedVariance estimates its variance (squared log
 * return, including the jump from the previous close to this open), NaN where there is none.
 */
export interface Observation {
  readonly openTimeMs: number;
  readonly logReturn: number;
  readonly realisedVariance: number;
  /** 1 for consecutive bars; m when this return spans m bar intervals after a gap. */
  readonly elapsedBars: number;
}

/** Struct of arrays over T observations, oldest first. */
export interface ObservationSeries {
  readonly intervalMs: number;
  readonly length: number;
  readonly openTimeMs: Float64Array;
  readonly logReturn: Float64Array;
  readonly realisedVariance: Float64Array;
  readonly elapsedBars: Float64Array;
}
