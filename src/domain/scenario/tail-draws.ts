/**
 * The points of a book's second pass: lattice uniforms in (place along the book, radius, symbols), deterministic
 * in (seed, symbols) and kept for the last seed. Shapes: symbol-major A x S.
 */
import { normalQuantile } from '#math/special-functions.ts';
import { fillLattice, SCENARIOS } from './lattice.ts';

/** A small radial uniform is a large radius. */
const RADIAL_POWER = 2;

export interface TailDraws {
  readonly seed: number;
  readonly symbols: number;
  /** Uniform along the book, S. */
  readonly place: Float64Array;
  /** Normal score of the radial uniform, S: large radii drawn more often, and weighed for it. */
  readonly radial: Float32Array;
  readonly radialWeight: Float64Array;
  readonly normals: Float32Array;
}

let kept: TailDraws | undefined;

export function tailDraws(seed: number, symbols: number): TailDraws {
  if (kept?.seed === seed && kept.symbols >= symbols) return kept;
  const place = new Float64Array(SCENARIOS);
  fillLattice(seed, 0, place);
  const uniforms = new Float64Array(SCENARIOS);
  const radial = new Float32Array(SCENARIOS);
  const normals = new Float32Array(symbols * SCENARIOS);
  fillLattice(seed, 1, uniforms);
  const radialWeight = uniforms.map((u) => RADIAL_POWER * u ** (RADIAL_POWER - 1));
  for (let s = 0; s < SCENARIOS; s++) radial[s] = normalQuantile(uniforms[s]! ** RADIAL_POWER);
  for (let a = 0; a < symbols; a++) {
    fillLattice(seed, a + 2, uniforms);
    const row = normals.subarray(a * SCENARIOS, (a + 1) * SCENARIOS);
    for (let s = 0; s < SCENARIOS; s++) row[s] = normalQuantile(uniforms[s]!);
  }
  kept = { seed, symbols, place, radial, radialWeight, normals };
  return kept;
}
