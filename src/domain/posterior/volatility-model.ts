/**
 * The face of one volatility model. A new model is one file that exports one of these, and its place in the
 * pool's list. All share the law of a return given its variance (skewed-student.ts); a model says how the
 * variance moves.
 */
import type { Cloud } from './cloud.ts';
import type { StandardBars } from './standard-bars.ts';

/** Independent normals in the unconstrained space; a standard deviation of 0 pins a parameter. */
export interface NormalPrior {
  readonly mean: readonly number[];
  readonly sd: readonly number[];
}

export interface VolatilityModel {
  readonly id: string;
  /** Names of the unconstrained parameters, in order. */
  readonly parameters: readonly string[];
  readonly prior: NormalPrior;
  /**
   * Reads the unconstrained vector at theta[at...] into particle i: its constants, and its variance at the
   * start of a window whose level is `startVariance` (NaN: the model's own unconditional one).
   */
  constrain(theta: Float64Array, at: number, cloud: Cloud, i: number, startVariance: number): void;
  /**
   * Log likelihood of bars [from, to) for particles [first, last), each block of `BLOCK` bars weighted by
   * blockWeight; leaves each particle's variance for bar `to`.
   */
  filter(
    cloud: Cloud,
    first: number,
    last: number,
    bars: StandardBars,
    from: number,
    to: number,
    blockWeight: Float64Array,
    out: Float64Array,
  ): void;
  /** The variance of particle i's next bar, given row `at` of `bars` as the one just seen. */
  next(cloud: Cloud, i: number, bars: StandardBars, at: number): number;
}

/** Bars that share one logarithm. Variances stay within 1e-9..1e9 and |y| below 1e6, so products fit. */
export const BLOCK = 16;
