/**
 * The points of a book's second pass: lattice uniforms in (place along the book, radius, symbols), deterministic
 * in (seed, symbols) and kept for the last seed, with the memory in which they are summed.
 * Shapes: a column of S for each symbol.
 */
import { normalQuantile } from '#math/special-functions.ts';
import { ColumnMemory } from './column-memory.ts';
import { fillLattice, SCENARIOS } from './lattice.ts';

/** A small radial uniform is a large radius. */
const RADIAL_POWER = 2;
/** Symbols whose columns lie where sums run in lanes; those of a larger book go through the plain loop. */
const LANES = 64;

export interface TailDraws {
  readonly seed: number;
  /** Uniform along the book, S. */
  readonly place: Float64Array;
  /** Normal score of the radial uniform, S: large radii drawn more often, and weighed for it. */
  readonly radial: Float32Array;
  readonly radialWeight: Float64Array;
  /** Normal scores by symbol. */
  readonly normals: readonly Float32Array[];
  /** Sums `normals` into its own `pnl`. */
  readonly memory: ColumnMemory;
}

let memory: ColumnMemory | undefined;
const columns: Float32Array[] = [];
/** Of `columns`, those that hold the kept seed's draws. */
let filled = 0;
let kept: TailDraws | undefined;
const uniforms = new Float64Array(SCENARIOS);

export function tailDraws(seed: number, symbols: number): TailDraws {
  memory ??= new ColumnMemory(LANES);
  if (kept?.seed !== seed) {
    kept = { seed, ...radialDraws(seed), normals: columns, memory };
    filled = 0;
  }
  for (; filled < symbols; filled++) {
    columns[filled] ??= memory.take() ?? new Float32Array(SCENARIOS);
    const column = columns[filled]!;
    fillLattice(seed, filled + 2, uniforms);
    for (let s = 0; s < SCENARIOS; s++) column[s] = normalQuantile(uniforms[s]!);
  }
  return kept;
}

function radialDraws(seed: number): Pick<TailDraws, 'place' | 'radial' | 'radialWeight'> {
  const place = new Float64Array(SCENARIOS);
  fillLattice(seed, 0, place);
  fillLattice(seed, 1, uniforms);
  return {
    place,
    radial: Float32Array.from(uniforms, (u) => normalQuantile(u ** RADIAL_POWER)),
    radialWeight: uniforms.map((u) => RADIAL_POWER * u ** (RADIAL_POWER - 1)),
  };
}
