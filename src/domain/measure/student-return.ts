/**
 * A leg's simple return as a function of the copula's t value: score and marginal made one table, by straight
 * lines over the grid of scenario/student-score on both sides of zero.
 * Units: simple return. Shapes: STUDENT_KNOTS; knot 0 is minus infinity, CENTRE zero.
 */
import { SCORE_BEND, SCORE_CELLS, studentScores } from '../scenario/student-score.ts';
import { FINE_KNOTS, FINE_STEP, SCORE_LIMIT } from './score-grid.ts';

const CENTRE = SCORE_CELLS;
/** One more than the grid has, so that the last knot can be read as the left end of a cell. */
export const STUDENT_KNOTS = 2 * CENTRE + 2;

/** By nu: where each knot's score lies among the fine knots of a marginal. */
const places = new Map<number, Float64Array>();

function placesOf(nu: number): Float64Array {
  let place = places.get(nu);
  if (place === undefined) {
    const scores = studentScores(nu);
    place = Float64Array.from({ length: STUDENT_KNOTS }, (_, knot) => {
      const step = Math.min(knot - CENTRE, CENTRE);
      const score = Math.sign(step) * scores[Math.abs(step)]!;
      return Math.min(Math.max((score + SCORE_LIMIT) / FINE_STEP, 0), FINE_KNOTS - 1);
    });
    if (places.size > 16) places.clear();
    places.set(nu, place);
  }
  return place;
}

export function tabulateStudentReturn(simpleReturn: Float64Array, nu: number, out: Float64Array): void {
  const place = placesOf(nu);
  for (let knot = 0; knot < STUDENT_KNOTS; knot++) {
    const position = place[knot]!;
    const fine = position | 0;
    const left = simpleReturn[fine]!;
    const right = simpleReturn[fine < FINE_KNOTS - 1 ? fine + 1 : fine]!;
    out[knot] = left + (position - fine) * (right - left);
  }
}

/** Where a t value lies among the knots, for `readAt`. */
export function studentPosition(x: number): number {
  return CENTRE + CENTRE * (x / (Math.abs(x) + SCORE_BEND));
}

export function readAt(table: Float64Array, position: number): number {
  const knot = position | 0;
  const left = table[knot]!;
  return left + (position - knot) * (table[knot + 1]! - left);
}
