import { describe, expect, it } from 'vitest';
import { createStudentScore } from '../../../src/domain/scenario/student-score.ts';
import { normalQuantile, studentCdf } from '../../../src/math/special-functions.ts';

describe('the normal score of a Student-t value', () => {
  it.each([3, 6.2, 50])('is that of its distribution function, nu %d', (nu) => {
    const scoreOf = createStudentScore(nu);
    for (let x = -9; x <= 0; x += 0.037) {
      const exact = normalQuantile(studentCdf(x, nu));
      if (exact < -4) continue;
      expect(Math.abs(scoreOf(x) - exact)).toBeLessThan(1e-4);
      expect(scoreOf(-x)).toBe(-scoreOf(x));
    }
    expect(Math.abs(scoreOf(1e9))).toBeGreaterThan(5);
  });
});
