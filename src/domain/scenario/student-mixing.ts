/**
 * The radius of a t-copula: sqrt(nu / chi2_nu) as a function of a normal score, tabulated once per nu.
 *
 *   mixing(z) = sqrt(nu / chi2_nu^-1(Phi(z))), its logarithm read by straight lines over an even grid of z.
 *
 * Errs by less than 1e-4 of itself within +-6 (tested); held beyond. Units: standard normal scores in.
 */
import { chiSquareCdf, normalCdf } from '#math/special-functions.ts';

const REACH = 6;
const NODES_A_SIDE = 384;

/** ln chi2_nu^-1(Phi(z)) by bisection from the neighbouring node. */
function logChiSquareQuantile(z: number, nu: number, from: number): number {
  const target = normalCdf(z);
  const upper = normalCdf(-z);
  const below = (y: number): boolean => {
    const cdf = chiSquareCdf(Math.exp(y), nu);
    return z < 0 ? cdf < target : 1 - cdf > upper;
  };
  let low = from;
  let high = from;
  while (!below(low)) low -= 0.5;
  while (below(high)) high += 0.5;
  for (let step = 0; step < 50 && high - low > 1e-10; step++) {
    const middle = 0.5 * (low + high);
    if (below(middle)) low = middle;
    else high = middle;
  }
  return 0.5 * (low + high);
}

export function createMixing(nu: number): (score: number) => number {
  const last = 2 * NODES_A_SIDE;
  const table = new Float64Array(last + 1);
  let y = Math.log(nu);
  for (let k = 0; k <= last; k++) {
    y = logChiSquareQuantile((k / NODES_A_SIDE - 1) * REACH, nu, y);
    table[k] = 0.5 * (Math.log(nu) - y);
  }
  return (score) => {
    const position = Math.min(Math.max((score / REACH + 1) * NODES_A_SIDE, 0), last);
    const index = Math.min(Math.floor(position), last - 1);
    return Math.exp(table[index]! + (position - index) * (table[index + 1]! - table[index]!));
  };
}
