/**
 * One symbol's elliptical values over the joint scenarios: the scenario of rank k gets the mean of the t law
 * between its quantiles k/S and (k+1)/S, exactly as return columns are made from their marginals. The control
 * built from them then differs from the book only by the shape of the marginals, not by sampling.
 *
 *   int_{-inf}^x u t_nu(u) du = -(nu + x^2) / (nu - 1) t_nu(x)
 *
 * Flow: scenario/copula-ranks -> here -> measure/strata. Units: scales of the standard t. Shapes: S.
 */
import { studentPdf, studentQuantile } from '#math/special-functions.ts';
import { SCENARIOS } from './lattice.ts';

/** The mean of each cell, by rank. A thousand times the cost of a column's lookup: made once for each law. */
export function fillEllipticalMeans(nu: number, means: Float32Array): void {
  // The law is symmetric: the upper half mirrors the lower.
  let before = 0;
  for (let k = 1; k <= SCENARIOS / 2; k++) {
    const x = studentQuantile(k / SCENARIOS, nu);
    const upTo = (-(nu + x * x) / (nu - 1)) * studentPdf(x, nu);
    means[k - 1] = SCENARIOS * (upTo - before);
    means[SCENARIOS - k] = -means[k - 1]!;
    before = upTo;
  }
}

export function fillEllipticalColumn(means: Float32Array, rank: Uint16Array, out: Float32Array): void {
  for (let s = 0; s < SCENARIOS; s++) out[s] = means[rank[s]!]!;
}
