/**
 * The joint scenarios: the copula of a multivariate t law, by randomised quasi-Monte Carlo, deterministic in
 * (seed, symbols, correlation, degrees of freedom).
 *
 *   x_s = mixing(u_0) L epsilon_s,  epsilon_sj = Phi^-1(u_j),  L L' = correlation
 *
 * Only each symbol's ranks of x are kept: the copula itself, free of any marginal.
 *
 * The uniforms do not change from bar to bar, so answers move with the data and not with the draws.
 * Flow: dependence -> here -> scenario/return-columns, measure/book-risk.
 * Units: ranks 0..S-1.
 * Shapes: symbol-major A x S, S = SCENARIOS; correlation A x A row-major.
 */
import { choleskyInPlace } from '#math/linear-algebra.ts';
import { normalQuantile } from '#math/special-functions.ts';
import { fillLattice, SCENARIOS } from './lattice.ts';
import { createMixing } from './student-mixing.ts';

const INDEX_BITS = 0x3fff;

export interface BaseDraws {
  readonly seed: number;
  readonly symbols: number;
  /** Normal score of the radial uniform, S. */
  readonly radial: Float32Array;
  /** Independent standard normals, symbol-major A x S. */
  readonly normals: Float32Array;
}

export function createBaseDraws(seed: number, symbols: number): BaseDraws {
  const uniforms = new Float64Array(SCENARIOS);
  const radial = new Float32Array(SCENARIOS);
  const normals = new Float32Array(symbols * SCENARIOS);
  fillLattice(seed, 0, uniforms);
  for (let s = 0; s < SCENARIOS; s++) radial[s] = normalQuantile(uniforms[s]!);
  for (let a = 0; a < symbols; a++) {
    fillLattice(seed, a + 1, uniforms);
    for (let s = 0; s < SCENARIOS; s++) normals[a * SCENARIOS + s] = normalQuantile(uniforms[s]!);
  }
  return { seed, symbols, radial, normals };
}

/** Sorts a column and writes each entry's rank; indices ride in the low mantissa bits, so ties are broken. */
function fillRanks(values: Float64Array, packed: Float64Array, out: Uint16Array, start: number): void {
  const words = new Uint32Array(packed.buffer);
  packed.set(values);
  for (let s = 0; s < SCENARIOS; s++) words[2 * s] = (words[2 * s]! & ~INDEX_BITS) | s;
  packed.sort();
  for (let k = 0; k < SCENARIOS; k++) out[start + (words[2 * k]! & INDEX_BITS)] = k;
}

/** Fills the ranks; throws where the correlation is not positive definite. */
export function fillCopulaRanks(
  base: BaseDraws,
  correlation: Float64Array,
  nu: number,
  rank: Uint16Array,
): void {
  const { symbols, radial, normals } = base;
  const factor = Float64Array.from(correlation);
  if (!choleskyInPlace(factor, symbols)) throw new RangeError('the correlation is not positive definite');
  const mixingOf = createMixing(nu);
  const mixing = new Float64Array(SCENARIOS);
  for (let s = 0; s < SCENARIOS; s++) mixing[s] = mixingOf(radial[s]!);
  const row = new Float64Array(SCENARIOS);
  const packed = new Float64Array(SCENARIOS);
  for (let a = 0; a < symbols; a++) {
    row.fill(0);
    for (let b = 0; b <= a; b++) {
      const loading = factor[a * symbols + b]!;
      if (loading === 0) continue;
      const start = b * SCENARIOS;
      for (let s = 0; s < SCENARIOS; s++) row[s]! += loading * normals[start + s]!;
    }
    for (let s = 0; s < SCENARIOS; s++) row[s]! *= mixing[s]!;
    fillRanks(row, packed, rank, a * SCENARIOS);
  }
}
