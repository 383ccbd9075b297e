/**
 * The elliptical proxy of a book: weights c of the copula's own variables with C = sum c_i x_i close to the
 * book's profit and loss where the book loses. The law of C is a scaled t for any c, so the choice costs no
 * exactness, only error.
 *
 *   x_i | C = q is t_{nu+1} about beta_i q, beta_i = (R c)_i / scale, with squared scale
 *   (1 - beta_i^2) (nu + q^2) / (nu + 1);   c_i = weight_i * chord of return_i over that place
 *
 * A leg that hedges is thus read where it stands when the book loses, not where it would lose by itself. The
 * chords depend on c, so they are taken twice, from slopes at the legs' own losing tails.
 * The normal score of a t value is Wallace's (1959) approximation, good to a few per cent.
 *
 * Flow: measure/marginal-table -> here -> measure/book-risk. Units: returns per scale of the standard t.
 */
import { normalQuantile, studentQuantile } from '#math/special-functions.ts';
import type { MarginalTable } from './marginal-table.ts';
import { interpolateFine, SCORE_LIMIT } from './score-grid.ts';

const TAIL = 0.02;
const TAIL_SCORE = normalQuantile(TAIL);
const ROUNDS = 2;
/** Half the chord in conditional scales, and its least length in scales. */
const REACH = 1.4;
const LEAST_REACH = 0.3;

export interface BookProxy {
  readonly weights: Float64Array;
  /** Scale of C. */
  readonly scale: number;
}

const tailValues = new Map<number, number>();

function tailValue(nu: number): number {
  let value = tailValues.get(nu);
  if (value === undefined) {
    value = studentQuantile(TAIL, nu);
    if (tailValues.size > 64) tailValues.clear();
    tailValues.set(nu, value);
  }
  return value;
}

function returnAt({ simpleReturn }: MarginalTable, x: number, nu: number): number {
  const size = ((8 * nu + 1) / (8 * nu + 3)) * Math.sqrt(nu * Math.log1p((x * x) / nu));
  return interpolateFine(simpleReturn, Math.min(size, SCORE_LIMIT) * Math.sign(x));
}

/** weights: of each leg in the book; correlation A x A of the copula's variables. */
export function bookProxy(
  weights: Float64Array,
  marginals: readonly MarginalTable[],
  correlation: Float64Array,
  nu: number,
): BookProxy {
  const legs = weights.length;
  const extreme = tailValue(nu);
  const proxy = Float64Array.from(weights, (weight, a) => {
    const { simpleReturn } = marginals[a]!;
    const side = weight < 0 ? -1 : 1;
    const distance = interpolateFine(simpleReturn, side * TAIL_SCORE) - interpolateFine(simpleReturn, 0);
    return (weight * distance) / (side * extreme);
  });
  const covariance = new Float64Array(legs);
  let scale = covary(proxy, correlation, covariance);
  for (let round = 0; round < ROUNDS && scale > 0; round++) {
    for (let a = 0; a < legs; a++) {
      const beta = Math.min(Math.max(covariance[a]! / scale, -1), 1);
      const spread = Math.sqrt(((1 - beta * beta) * (nu + extreme * extreme)) / (nu + 1));
      const reach = Math.max(REACH * spread, LEAST_REACH);
      const marginal = marginals[a]!;
      const rise =
        returnAt(marginal, beta * extreme + reach, nu) - returnAt(marginal, beta * extreme - reach, nu);
      proxy[a] = (weights[a]! * rise) / (2 * reach);
    }
    scale = covary(proxy, correlation, covariance);
  }
  return { weights: proxy, scale };
}

/** Fills R c; returns the scale of C. */
function covary(proxy: Float64Array, correlation: Float64Array, out: Float64Array): number {
  const legs = proxy.length;
  let variance = 0;
  for (let a = 0; a < legs; a++) {
    let sum = 0;
    for (let b = 0; b < legs; b++) sum += correlation[a * legs + b]! * proxy[b]!;
    out[a] = sum;
    variance += proxy[a]! * sum;
  }
  return Math.sqrt(Math.max(variance, 0));
}
