/**
 * The law of a standardised return given its variance: two-piece Student-t (Fernandez and Steel 1998),
 * located at its mode mu, with h its second moment about the mode.
 *
 * With g the skew, M = g^2 + g^-2 - 1 the second moment that skewing adds, and nu > 2:
 *   scale^2 = h (nu - 2) / (nu M),   a = (y - mu)^2 M g^(-2 sign(y - mu)) / (nu - 2),
 *   ln f = constant - ln(h) / 2 - (nu + 1) / 2 ln((h + a) / h).
 * The form needs no root and lets a run of bars share one logarithm: ln f sums
 * nu/2 ln(prod h) - (nu+1)/2 ln(prod(h + a)).
 */
import { fastLog } from '#math/fast-log.ts';
import { gridLnConstant, gridMeanSize, gridNu, nearestGridIndex } from '#math/student-grid.ts';
import { type Cloud, LEFT, LN_CONSTANT, MU, NU, RIGHT, SCALE_RATIO, SKEW } from './cloud.ts';

/**
 * Fills the law's slots of one particle; nu is taken from the Student grid. `mean` is the expected return at
 * unit variance, so that skew and drift do not trade places; the mode follows from it:
 * mode = mean - scale E|t_nu| (g - 1/g).
 */
export function setLaw(cloud: Cloud, i: number, mean: number, lnNuMinus2: number, lnSkew: number): void {
  const { natural, size } = cloud;
  const grid = nearestGridIndex(lnNuMinus2);
  const nu = gridNu[grid]!;
  const g = Math.exp(lnSkew);
  const moment = g * g + 1 / (g * g) - 1;
  const ratio = (nu - 2) / (nu * moment);
  natural[MU * size + i] = mean - Math.sqrt(ratio) * gridMeanSize[grid]! * (g - 1 / g);
  natural[NU * size + i] = nu;
  natural[SKEW * size + i] = g;
  natural[LN_CONSTANT * size + i] = Math.log(2 / (g + 1 / g)) + gridLnConstant[grid]! - 0.5 * Math.log(ratio);
  natural[RIGHT * size + i] = moment / (g * g * (nu - 2));
  natural[LEFT * size + i] = (moment * g * g) / (nu - 2);
  natural[SCALE_RATIO * size + i] = Math.sqrt(ratio);
}

/** Log density of y under each particle's current variance, into `out`. */
export function logDensities(cloud: Cloud, y: number, out: Float64Array): void {
  const { natural, size, variance } = cloud;
  for (let i = 0; i < size; i++) {
    const deviation = y - natural[MU * size + i]!;
    const side = natural[(deviation < 0 ? LEFT : RIGHT) * size + i]!;
    const h = variance[i]!;
    const nu = natural[NU * size + i]!;
    out[i] =
      natural[LN_CONSTANT * size + i]! +
      0.5 * (nu * fastLog(h) - (nu + 1) * fastLog(h + side * deviation * deviation));
  }
}
