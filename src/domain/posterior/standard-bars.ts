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
  /** Averages of the root of x over half-lives of 1, 5, 25 and 125 bars, the second split by the sign of y. */
  readonly size1: Float64Array;
  readonly sizeDown5: Float64Array;
  readonly sizeUp5: Float64Array;
  readonly size25: Float64Array;
  readonly size125: Float64Array;
  /** Logs of the squared sizes, each against a longer one, and the balance of falls: log-multi-scale.ts. */
  readonly ln1: Float64Array;
  readonly ln5: Float64Array;
  readonly ln25: Float64Array;
  readonly ln125: Float64Array;
  readonly falls: Float64Array;
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
    size1: column(),
    sizeDown5: column(),
    sizeUp5: column(),
    size25: column(),
    size125: column(),
    ln1: column(),
    ln5: column(),
    ln25: column(),
    ln125: column(),
    falls: column(),
  };
}

/** A market that stood still has no logarithm: average sizes count as at least this. */
const LEAST_SIZE = 1e-4;

/** Fills row `at` of the log columns from its averages. */
export function fillLogs(bars: StandardBars, at: number): void {
  const long = Math.max(bars.size125[at]!, LEAST_SIZE);
  const month = Math.max(bars.size25[at]!, LEAST_SIZE);
  const week = (bars.sizeDown5[at]! + bars.sizeUp5[at]! + month / 8) / (9 / 8);
  const short = (bars.size1[at]! + month / 4) / (5 / 4);
  bars.ln125[at] = 2 * Math.log(long);
  bars.ln25[at] = 2 * Math.log(month / long);
  bars.ln5[at] = 2 * Math.log(week / month);
  bars.ln1[at] = 2 * Math.log(short / month);
  bars.falls[at] = (bars.sizeDown5[at]! - bars.sizeUp5[at]!) / week;
}
