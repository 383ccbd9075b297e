/**
 * GJR-GARCH(1,1) with unit-variance Student-t innovations (Glosten, Jagannathan and Runkle 1993).
 *   e = r - mu,  h' = omega + (alpha + gamma 1{e < 0}) e^2 + beta h,  h_1 = sample variance
 *   l = lgamma((nu+1)/2) - lgamma(nu/2) - ln(pi (nu-2)) / 2 - ln(h) / 2 - (nu+1)/2 ln(1 + e^2 / ((nu-2) h))
 * The two logarithms of each bar are gathered as products over blocks of eight bars.
 * Units: returns scaled to unit sample variance while fitting.
 */
import { lnGamma } from '#math/special-functions.ts';

export interface GjrParameters {
  readonly mu: number;
  readonly omega: number;
  readonly alpha: number;
  readonly gamma: number;
  readonly beta: number;
  readonly nu: number;
}

const BLOCK = 8;

/** Log likelihood of all returns; -Infinity where the recursion leaves the doubles. */
export function gjrLogLikelihood(parameters: GjrParameters, returns: Float64Array, first: number): number {
  const { mu, omega, alpha, gamma, beta, nu } = parameters;
  const inverse = 1 / (nu - 2);
  let h = first;
  let logH = 0;
  let logTail = 0;
  let productH = 1;
  let productTail = 1;
  for (let t = 0; t < returns.length; t++) {
    const e = returns[t]! - mu;
    const square = e * e;
    productH *= h;
    productTail *= 1 + (square * inverse) / h;
    if ((t & (BLOCK - 1)) === BLOCK - 1) {
      logH += Math.log(productH);
      logTail += Math.log(productTail);
      productH = 1;
      productTail = 1;
    }
    h = omega + (e < 0 ? alpha + gamma : alpha) * square + beta * h;
  }
  logH += Math.log(productH);
  logTail += Math.log(productTail);
  const constant = lnGamma((nu + 1) / 2) - lnGamma(nu / 2) - 0.5 * Math.log(Math.PI * (nu - 2));
  const value = returns.length * constant - 0.5 * logH - 0.5 * (nu + 1) * logTail;
  return Number.isFinite(value) ? value : Number.NEGATIVE_INFINITY;
}

/** One step of the recursion. */
export function gjrNext(parameters: GjrParameters, h: number, value: number): number {
  const e = value - parameters.mu;
  const news = e < 0 ? parameters.alpha + parameters.gamma : parameters.alpha;
  return parameters.omega + news * e * e + parameters.beta * h;
}
