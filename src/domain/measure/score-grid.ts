/**
 * The grid of normal scores on which a marginal law is tabulated, and the linear functionals that read a
 * quantile or an expected shortfall from a tabulated quantile function.
 *
 * A law is kept as its quantile function in normal-score coordinates, x(z) = F^-1(Phi(z)): nearly straight for
 * bell-shaped laws, so few knots describe it. Scores are held within +-5: beyond that, with probability
 * 2.9e-7 a side, the law is cut to an atom at its end knot, which keeps the expected shortfall of a short
 * position finite under Student-t log returns (ADR 0020).
 *
 * Units: scores are standard normal quantiles, probabilities in (0, 1).
 */
import { normalCdf, normalPdf } from '#math/special-functions.ts';

export const SCORE_LIMIT = 5;
export const FINE_STEP = 1 / 64;
export const FINE_KNOTS = 641;
/** The centre knot: score 0. */
export const FINE_CENTRE = 320;
export const COARSE_STEP = 0.5;
export const COARSE_KNOTS = 21;
/** Mass cut off at each end. */
export const TRUNCATION_PROBABILITY = normalCdf(-SCORE_LIMIT);

export function fineScore(knot: number): number {
  return (knot - FINE_CENTRE) * FINE_STEP;
}

export function coarseScore(knot: number): number {
  return (knot - (COARSE_KNOTS - 1) / 2) * COARSE_STEP;
}

/** Phi and phi at every fine knot. */
export const FINE_CDF = Float64Array.from({ length: FINE_KNOTS }, (_, k) => normalCdf(fineScore(k)));
export const FINE_PDF = Float64Array.from({ length: FINE_KNOTS }, (_, k) => normalPdf(fineScore(k)));

/** x(z) by straight lines between fine knots, flat beyond the ends. */
export function interpolateFine(table: Float64Array, score: number): number {
  const position = (score + SCORE_LIMIT) / FINE_STEP;
  if (!(position > 0)) return table[0]!;
  if (position >= FINE_KNOTS - 1) return table[FINE_KNOTS - 1]!;
  const knot = Math.floor(position);
  const left = table[knot]!;
  return left + (position - knot) * (table[knot + 1]! - left);
}

/** A row of coarse knots by straight lines; for standard errors, which need no more. */
export function interpolateCoarse(row: Float64Array, score: number): number {
  const position = Math.min(Math.max((score + SCORE_LIMIT) / COARSE_STEP, 0), COARSE_KNOTS - 1);
  const knot = Math.min(Math.floor(position), COARSE_KNOTS - 2);
  return row[knot]! + (position - knot) * (row[knot + 1]! - row[knot]!);
}

/** Weights of the four-point Lagrange interpolation over the coarse knots at one score, added into `out`. */
function addLagrange(score: number, scale: number, out: Float64Array): void {
  const held = Math.min(Math.max(score, -SCORE_LIMIT), SCORE_LIMIT);
  const position = (held + SCORE_LIMIT) / COARSE_STEP;
  const first = Math.min(Math.max(Math.floor(position) - 1, 0), COARSE_KNOTS - 4);
  const t = position - first;
  out[first]! += (scale * (t - 1) * (t - 2) * (t - 3)) / -6;
  out[first + 1]! += (scale * t * (t - 2) * (t - 3)) / 2;
  out[first + 2]! += (scale * t * (t - 1) * (t - 3)) / -2;
  out[first + 3]! += (scale * t * (t - 1) * (t - 2)) / 6;
}

export interface TailFunctional {
  /** Dot with coarse knot values of a quantile function gives its quantile at the tail probability. */
  readonly quantile: Float64Array;
  /** Dot with the same gives the mean below (or above) that quantile. */
  readonly tailMean: Float64Array;
}

const functionals = new Map<number, TailFunctional>();

/**
 * Functionals for the lower tail of probability `tail`; those of the upper tail are the same read backwards.
 * The tail mean is the integral of x(z) phi(z) over z < z_tail, each fine cell taken at its conditional mean.
 */
export function lowerTailFunctional(tail: number, score: number): TailFunctional {
  const known = functionals.get(tail);
  if (known !== undefined) return known;
  const quantile = new Float64Array(COARSE_KNOTS);
  const mean = new Float64Array(COARSE_KNOTS);
  addLagrange(score, 1, quantile);
  let below = TRUNCATION_PROBABILITY;
  let density = FINE_PDF[0]!;
  addLagrange(-SCORE_LIMIT, below / tail, mean);
  for (let knot = 1; knot < FINE_KNOTS && fineScore(knot - 1) < score; knot++) {
    const end = Math.min(fineScore(knot), score);
    const cdf = end === score ? tail : FINE_CDF[knot]!;
    const pdf = end === score ? normalPdf(score) : FINE_PDF[knot]!;
    if (cdf > below) addLagrange((density - pdf) / (cdf - below), (cdf - below) / tail, mean);
    below = cdf;
    density = pdf;
  }
  const made = { quantile, tailMean: mean };
  if (functionals.size > 256) functionals.clear();
  functionals.set(tail, made);
  return made;
}
