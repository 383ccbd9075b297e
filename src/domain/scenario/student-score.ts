/**
 * The normal score of a Student-t value, z = Phi^-1(T_nu(x)), at the knots of an even grid of
 * x / (|x| + SCORE_BEND); held within +-LIMIT. Straight lines between knots err by less than 1e-4 of a score
 * within 4.
 */
import { normalQuantile, studentCdf } from '#math/special-functions.ts';

export const SCORE_BEND = 3;
export const SCORE_CELLS = 512;
const LIMIT = 5.2;

/** Knot k stands at the distance x >= 0 with k = SCORE_CELLS x / (x + SCORE_BEND); the law is symmetric. */
export function studentScores(nu: number): Float64Array {
  const table = new Float64Array(SCORE_CELLS + 1).fill(LIMIT);
  table[0] = 0;
  for (let k = 1; k < SCORE_CELLS; k++) {
    const below = studentCdf((-SCORE_BEND * k) / (SCORE_CELLS - k), nu);
    const score = below > 0 ? -normalQuantile(below) : LIMIT;
    if (!(score < LIMIT)) break;
    table[k] = score;
  }
  return table;
}
