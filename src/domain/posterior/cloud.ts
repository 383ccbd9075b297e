/**
 * A weighted particle cloud of one volatility model: constants per particle and the variance of its next bar.
 * Shapes: struct of arrays. `natural` holds SLOTS runs of `size` numbers, slot k of particle i at k * size + i.
 * Units: everything on the scale of StandardBars.y.
 */
export const MU = 0;
export const NU = 1;
export const SKEW = 2;
/** ln of the density's constant, see skewed-student.ts. */
export const LN_CONSTANT = 3;
/** Multipliers that turn a squared deviation right and left of the mode into the density's argument. */
export const RIGHT = 4;
export const LEFT = 5;
/** Root of the ratio of the law's squared scale to its second moment about the mode. */
export const SCALE_RATIO = 6;
/** First of the slots that belong to the model's own recursion. */
export const OWN = 7;
export const OWN_SLOTS = 7;
export const SLOTS = OWN + OWN_SLOTS;

export interface Cloud {
  readonly size: number;
  readonly natural: Float64Array;
  /** Second moment of the next y about the mode. */
  readonly variance: Float64Array;
  /** Linear weights that sum to one. */
  readonly weight: Float64Array;
}

export function createCloud(size: number): Cloud {
  return {
    size,
    natural: new Float64Array(SLOTS * size),
    variance: new Float64Array(size),
    weight: new Float64Array(size).fill(1 / size),
  };
}
