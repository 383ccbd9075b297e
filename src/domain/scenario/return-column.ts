/**
 * One symbol's simple returns over the joint scenarios: its scores read through its marginal.
 * Flow: scenario/score-matrix, measure/marginal-table -> here -> measure/book-risk.
 * Units: simple returns. Shapes: S scenarios.
 */
import { FINE_KNOTS, FINE_STEP, SCORE_LIMIT } from '../measure/score-grid.ts';

const INVERSE_STEP = 1 / FINE_STEP;
const LAST_CELL = FINE_KNOTS - 2;

export function fillReturnColumn(simpleReturn: Float64Array, score: Float32Array, out: Float32Array): void {
  const size = score.length;
  if (out.length !== size) throw new RangeError(`a column of ${out.length} for ${size} scores`);
  for (let s = 0; s < size; s++) {
    const position = Math.min(Math.max((score[s]! + SCORE_LIMIT) * INVERSE_STEP, 0), LAST_CELL + 1);
    const knot = Math.min(position | 0, LAST_CELL);
    const left = simpleReturn[knot]!;
    out[s] = left + (position - knot) * (simpleReturn[knot + 1]! - left);
  }
}
