/**
 * Bars as the models see them: returns in units of a reference scale with the season divided out, a
 * realised variance rescaled to the variance of returns, and its averages over several horizons.
 * Averages at index t include bar t, so they speak of the variance of bar t + 1.
 * Shapes: every array has `length` entries, oldest first.
 */
export interface StandardBars {
  readonly length: number;
  /** Return over the scale and the root of the season. */
  readonly y: Float64Array;
  /** Realised variance on the scale of y squared; y squared where there is none. */
  readonly x: Float64Array;
  /** x where y is negative, positive: x splits into the two (halves at zero). */
  readonly xDown: Float64Array;
  readonly xUp: Float64Array;
  /** ln of the factor that turns y into a log return: subtract it from a log density of y. */
  readonly lnScale: Float64Array;
  /** Averages of x over four half-lives in bars, split by the sign of y for the two shortest. */
  readonly down1: Float64Array;
  readonly up1: Float64Array;
  readonly down5: Float64Array;
  readonly up5: Float64Array;
  readonly average40: Float64Array;
  readonly average200: Float64Array;
}

export function createStandardBars(length: number): StandardBars {
  const column = (): Float64Array => new Float64Array(length);
  return {
    length,
    y: column(),
    x: column(),
    xDown: column(),
    xUp: column(),
    lnScale: column(),
    down1: column(),
    up1: column(),
    down5: column(),
    up5: column(),
    average40: column(),
    average200: column(),
  };
}
