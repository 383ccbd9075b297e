/**
 * Continuous ranked probability score in closed form for the normal and Student-t laws (Jordan, Krueger
 * and Lerch 2019), and from equally weighted draws: E|X - y| - E|X - X'| / 2.
 * Units: those of the outcome; lower is better.
 */
import { lnGamma, normalCdf, studentCdf } from '#math/special-functions.ts';

export function crpsNormal(outcome: number, location: number, scale: number): number {
  const z = (outcome - location) / scale;
  const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
  return scale * (z * (2 * normalCdf(z) - 1) + 2 * density - 1 / Math.sqrt(Math.PI));
}

/** `scale` multiplies the standard Student-t (variance nu / (nu - 2)); nu > 1. */
export function crpsStudent(outcome: number, location: number, scale: number, nu: number): number {
  if (!(nu > 1)) throw new RangeError(`CRPS of a Student-t needs nu > 1, not ${nu}`);
  const z = (outcome - location) / scale;
  const constant = lnGamma((nu + 1) / 2) - lnGamma(nu / 2) - 0.5 * Math.log(nu * Math.PI);
  const density = Math.exp(constant - ((nu + 1) / 2) * Math.log1p((z * z) / nu));
  const ratio = Math.exp(lnBeta(0.5, nu - 0.5) - 2 * lnBeta(0.5, nu / 2));
  return (
    scale *
    (z * (2 * studentCdf(z, nu) - 1) +
      (2 * density * (nu + z * z)) / (nu - 1) -
      ((2 * Math.sqrt(nu)) / (nu - 1)) * ratio)
  );
}

/** Draws in ascending order. */
export function crpsSortedDraws(outcome: number, sorted: Float64Array): number {
  const count = sorted.length;
  let distance = 0;
  let spread = 0;
  for (let rank = 0; rank < count; rank++) {
    distance += Math.abs(sorted[rank]! - outcome);
    spread += (2 * rank + 1 - count) * sorted[rank]!;
  }
  return distance / count - spread / (count * count);
}

function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}
