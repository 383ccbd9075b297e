import { describe, expect, it } from 'vitest';
import { FINE_KNOTS, fineScore } from '../../../src/domain/measure/score-grid.ts';
import {
  readAt,
  STUDENT_KNOTS,
  studentPosition,
  tabulateStudentReturn,
} from '../../../src/domain/measure/student-return.ts';
import { normalQuantile, studentCdf } from '../../../src/math/special-functions.ts';

const at = (table: Float64Array, x: number): number => readAt(table, studentPosition(x));

describe('the return of a leg as a function of its t value', () => {
  it.each([3, 6.2, 50])('is the marginal at the score of its distribution function, nu %d', (nu) => {
    const normal = Float64Array.from({ length: FINE_KNOTS }, (_, knot) => fineScore(knot));
    const table = new Float64Array(STUDENT_KNOTS);
    tabulateStudentReturn(normal, nu, table);
    for (let x = -9; x <= 0; x += 0.037) {
      const exact = normalQuantile(studentCdf(x, nu));
      if (exact < -4) continue;
      expect(Math.abs(at(table, x) - exact)).toBeLessThan(1e-4);
      expect(Math.abs(at(table, -x) + at(table, x))).toBeLessThan(1e-12);
    }
  });

  it('ends with the marginal, however far out', () => {
    const marginal = Float64Array.from({ length: FINE_KNOTS }, (_, knot) => Math.expm1(fineScore(knot) / 10));
    const table = new Float64Array(STUDENT_KNOTS);
    tabulateStudentReturn(marginal, 4, table);
    for (const x of [1e9, 1e300]) {
      expect(at(table, x)).toBeCloseTo(marginal[FINE_KNOTS - 1]!, 12);
      expect(at(table, -x)).toBeCloseTo(marginal[0]!, 12);
    }
  });
});
