/**
 * The filtered state that both GJR peers forecast from: parameters fitted to a window, its standardised
 * residuals, and the variance of the next bar. One source serves both peers, so a window is fitted once.
 */
import { fitGjr, type GjrFit } from './gjr-fit.ts';
import { gjrNext } from './gjr-likelihood.ts';

export interface GjrFilter {
  readonly fit: GjrFit;
  /** Standardised residuals of the window, ascending. */
  readonly residuals: Float64Array;
  /** Variance of the next bar. */
  h: number;
}

export type GjrFilterSource = (returns: Float64Array) => GjrFilter;

/** Remembers the newest window only. */
export function createGjrFilterSource(): GjrFilterSource {
  let window: Float64Array | undefined;
  let filter: GjrFilter | undefined;
  return (returns) => {
    if (filter === undefined || window === undefined || !sameView(window, returns)) {
      window = returns;
      filter = filterWindow(returns);
    }
    return { ...filter };
  };
}

function sameView(left: Float64Array, right: Float64Array): boolean {
  return left.buffer === right.buffer && left.byteOffset === right.byteOffset && left.length === right.length;
}

function filterWindow(returns: Float64Array): GjrFilter {
  const fit = fitGjr(returns);
  const residuals = new Float64Array(returns.length);
  let h = fit.firstVariance;
  for (let t = 0; t < returns.length; t++) {
    residuals[t] = (returns[t]! - fit.parameters.mu) / Math.sqrt(h);
    h = gjrNext(fit.parameters, h, returns[t]!);
  }
  return { fit, residuals: residuals.sort(), h };
}
