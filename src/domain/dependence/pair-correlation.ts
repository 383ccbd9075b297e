/**
 * Discounted correlation of normal scores, each pair from the rows in which both are present, as the mean of
 * an inverse-Wishart posterior under a discount: S <- d S + z z', n <- d n + 1.
 *
 * Each pair is drawn towards the common correlation with the weight of PRIOR_ROWS rows, and of as many more
 * as it lacks to twice the number of symbols. A newly listed symbol thus starts at the common correlation.
 * What comes out is made positive definite by mixing with the equicorrelation matrix, by the least share
 * that does it.
 *
 * Flow: memory/score-history -> here -> dependence/joint-law. Units: scores; NaN where a symbol has none.
 * Shapes: scores T x A row-major, oldest first; correlation A x A.
 */
import { choleskyInPlace } from '#math/linear-algebra.ts';

export const DISCOUNT = 0.99;
const PRIOR_ROWS = 12;
/** The common correlation where no pair says anything: majors against the quote currency move together. */
const PRIOR_CORRELATION = 0.5;
const PRIOR_PAIR_ROWS = 5;
const HIGHEST = 0.995;
const MIXING_STEP = 0.05;

export interface PairCorrelation {
  readonly correlation: Float64Array;
  /** Discounted rows behind each pair, A x A. */
  readonly rows: Float64Array;
  readonly common: number;
  /** Share of the equicorrelation matrix mixed in to make the result positive definite. */
  readonly mixed: number;
}

interface PairSums {
  readonly cross: Float64Array;
  /** Squares of the row's symbol over the rows it shares with the column's. */
  readonly square: Float64Array;
  readonly rows: Float64Array;
}

function sumPairs(scores: Float64Array, length: number, symbols: number): PairSums {
  const cross = new Float64Array(symbols * symbols);
  const square = new Float64Array(symbols * symbols);
  const rows = new Float64Array(symbols * symbols);
  for (let t = 0; t < length; t++) {
    const weight = DISCOUNT ** (length - 1 - t);
    const row = t * symbols;
    for (let i = 0; i < symbols; i++) {
      const a = scores[row + i]!;
      if (Number.isNaN(a)) continue;
      for (let j = 0; j < symbols; j++) {
        const b = scores[row + j]!;
        if (Number.isNaN(b)) continue;
        cross[i * symbols + j]! += weight * a * b;
        square[i * symbols + j]! += weight * a * a;
        rows[i * symbols + j]! += weight;
      }
    }
  }
  return { cross, square, rows };
}

export function pairCorrelation(scores: Float64Array, length: number, symbols: number): PairCorrelation {
  const { cross, square, rows } = sumPairs(scores, length, symbols);
  const raw = new Float64Array(symbols * symbols);
  let sum = PRIOR_PAIR_ROWS * PRIOR_CORRELATION;
  let weight = PRIOR_PAIR_ROWS;
  for (let i = 0; i < symbols; i++)
    for (let j = 0; j < i; j++) {
      const norm = Math.sqrt(square[i * symbols + j]! * square[j * symbols + i]!);
      const value = norm > 0 ? cross[i * symbols + j]! / norm : 0;
      raw[i * symbols + j] = value;
      sum += rows[i * symbols + j]! * value;
      weight += rows[i * symbols + j]!;
    }
  const common = Math.min(Math.max(sum / weight, 0), HIGHEST);
  const shrunk = new Float64Array(symbols * symbols);
  for (let i = 0; i < symbols; i++) {
    shrunk[i * symbols + i] = 1;
    for (let j = 0; j < i; j++) {
      const known = rows[i * symbols + j]!;
      const prior = PRIOR_ROWS + Math.max(2 * symbols - known, 0);
      const value = (known * raw[i * symbols + j]! + prior * common) / (known + prior);
      const held = Math.min(Math.max(value, -HIGHEST), HIGHEST);
      shrunk[i * symbols + j] = held;
      shrunk[j * symbols + i] = held;
    }
  }
  return { ...makePositive(shrunk, common, symbols), rows, common };
}

function makePositive(
  correlation: Float64Array,
  common: number,
  symbols: number,
): { correlation: Float64Array; mixed: number } {
  for (let mixed = 0; mixed < 1; mixed += MIXING_STEP) {
    const mixture = correlation.map((value, at) =>
      at % (symbols + 1) === 0 ? 1 : (1 - mixed) * value + mixed * common,
    );
    if (isWellConditioned(mixture, symbols)) return { correlation: mixture, mixed };
  }
  const equal = correlation.map((_, at) => (at % (symbols + 1) === 0 ? 1 : common));
  return { correlation: equal, mixed: 1 };
}

function isWellConditioned(correlation: Float64Array, symbols: number): boolean {
  const factor = Float64Array.from(correlation);
  if (!choleskyInPlace(factor, symbols)) return false;
  for (let i = 0; i < symbols; i++) if (factor[i * symbols + i]! < 1e-3) return false;
  return true;
}
