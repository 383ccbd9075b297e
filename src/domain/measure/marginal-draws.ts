/**
 * Shared by both ways to a marginal: the order of its posterior draws and the error that a finite particle
 * cloud leaves in a quantile or tail mean.
 *
 * Slot b of every symbol together is one joint posterior draw; the posteriors are independent given the
 * data, so each symbol's draws are put in an order of their own.
 * Shapes: draws DRAWS x COARSE_KNOTS of simple returns.
 */
import { createRandom } from '#math/random.ts';
import { DRAWS, Header, type MarginalTable } from './marginal-table.ts';
import { COARSE_KNOTS, coarseScore, FINE_CDF, lowerTailFunctional } from './score-grid.ts';

const SHUFFLE = 0x51ab;

/** A permutation of 0..DRAWS-1 named by the seed and the symbol. */
export function drawOrder(seed: number, symbolIndex: number): Int32Array {
  const random = createRandom(seed, SHUFFLE, symbolIndex);
  const order = Int32Array.from({ length: DRAWS }, (_, b) => b);
  for (let last = DRAWS - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    const held = order[last]!;
    order[last] = order[other]!;
    order[other] = held;
  }
  return order;
}

/** Dot of a functional with one row of coarse knots, read forwards or (upper tail) backwards. */
export function readRow(rows: Float64Array, row: number, weights: Float64Array, upper: boolean): number {
  const start = row * COARSE_KNOTS;
  let sum = 0;
  if (upper) for (let k = 0; k < COARSE_KNOTS; k++) sum += weights[COARSE_KNOTS - 1 - k]! * rows[start + k]!;
  else for (let k = 0; k < COARSE_KNOTS; k++) sum += weights[k]! * rows[start + k]!;
  return sum;
}

function spread(rows: Float64Array, weights: Float64Array, upper: boolean): number {
  let mean = 0;
  let squares = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const value = readRow(rows, draw, weights, upper);
    const step = value - mean;
    mean += step / (draw + 1);
    squares += step * (value - mean);
  }
  return Math.sqrt(squares / (DRAWS - 1));
}

/** Sets the error rows to posterior spread / sqrt(effective particles). */
export function fillParticleErrors(table: MarginalTable): void {
  const root = Math.sqrt(Math.max(table.header[Header.effectiveParticles]!, 1));
  for (let knot = 0; knot < COARSE_KNOTS; knot++) {
    const { quantile, tailMean } = lowerTailFunctional(
      FINE_CDF[knot * ((FINE_CDF.length - 1) / (COARSE_KNOTS - 1))]!,
      coarseScore(knot),
    );
    table.quantileError[knot] = spread(table.draws, quantile, false) / root;
    table.lowerMeanError[knot] = spread(table.draws, tailMean, false) / root;
    table.upperMeanError[COARSE_KNOTS - 1 - knot] = spread(table.draws, tailMean, true) / root;
  }
}
