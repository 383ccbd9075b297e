/**
 * Distribution function and quantile of one two-piece Student-t law and of their mixture.
 *
 * With g the skew and z = (x - location) / scale, the mass below the mode is 1 / (1 + g^2), and
 *   F(x) = 2 / (1 + g^2) T_nu(g z) for z < 0,   1 - F(x) = 2 g^2 / (1 + g^2) T_nu(-z / g) for z >= 0.
 * Both tails are returned, so that neither is lost to cancellation.
 *
 * Flow: posterior/predictive-mixture -> here -> measure/marginal. Units: log returns, probabilities.
 */
import { studentCdf, studentPdf, studentQuantile } from '#math/special-functions.ts';
import type { PredictiveMixture } from '../posterior/predictive-mixture.ts';

export interface TwoPieceStudent {
  readonly location: number;
  readonly scale: number;
  readonly nu: number;
  readonly skew: number;
}

export interface TailsAt {
  lower: number;
  upper: number;
  density: number;
}

export function twoPieceTails(x: number, law: TwoPieceStudent, out: TailsAt): void {
  const { location, scale, nu, skew } = law;
  const z = (x - location) / scale;
  const square = skew * skew;
  const height = 2 / (skew + 1 / skew) / scale;
  if (z < 0) {
    out.lower = (2 / (1 + square)) * studentCdf(z * skew, nu);
    out.upper = 1 - out.lower;
    out.density = height * studentPdf(z * skew, nu);
  } else {
    out.upper = ((2 * square) / (1 + square)) * studentCdf(-z / skew, nu);
    out.lower = 1 - out.upper;
    out.density = height * studentPdf(z / skew, nu);
  }
}

/** Quantile where `lower` is the mass below and `upper` the mass above. */
export function twoPieceQuantile(lower: number, upper: number, law: TwoPieceStudent): number {
  const square = law.skew * law.skew;
  const standard =
    lower * (1 + square) < 1
      ? studentQuantile((lower * (1 + square)) / 2, law.nu) / law.skew
      : -law.skew * studentQuantile((upper * (1 + square)) / (2 * square), law.nu);
  return law.location + law.scale * standard;
}

export function component(mixture: PredictiveMixture, index: number): TwoPieceStudent {
  return {
    location: mixture.location[index]!,
    scale: mixture.scale[index]!,
    nu: mixture.nu[index]!,
    skew: mixture.skew[index]!,
  };
}

/** Mass on both sides of x and the density there, summed over every component. */
export function mixtureTails(mixture: PredictiveMixture, x: number, out: TailsAt): void {
  let lower = 0;
  let upper = 0;
  let density = 0;
  for (let k = 0; k < mixture.size; k++) {
    const weight = mixture.weight[k]!;
    if (!(weight > 0)) continue;
    twoPieceTails(x, component(mixture, k), out);
    lower += weight * out.lower;
    upper += weight * out.upper;
    density += weight * out.density;
  }
  out.lower = lower;
  out.upper = upper;
  out.density = density;
}
