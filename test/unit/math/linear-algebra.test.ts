import { describe, expect, it } from 'vitest';
import { choleskyInPlace, multiply, multiplyLower, solveLower, solveUpper } from '#math/linear-algebra.ts';

describe('linear algebra', () => {
  const matrix = Float64Array.of(4, 2, 0.6, 2, 3, 0.4, 0.6, 0.4, 2);

  it('factor and two solves invert a product', () => {
    const factor = matrix.slice();
    expect(choleskyInPlace(factor, 3)).toBe(true);
    const x = Float64Array.of(1, -2, 0.5);
    const b = new Float64Array(3);
    multiply(matrix, 3, 3, x, b);
    solveLower(factor, 3, b, b);
    solveUpper(factor, 3, b, b);
    b.forEach((value, i) => {
      expect(value).toBeCloseTo(x[i]!, 13);
    });
  });

  it('a factor times a vector agrees with the full product', () => {
    const factor = matrix.slice();
    choleskyInPlace(factor, 3);
    const x = Float64Array.of(0.3, 1, -1);
    const full = new Float64Array(3);
    const lower = new Float64Array(3);
    multiply(factor, 3, 3, x, full);
    multiplyLower(factor, 3, x, lower);
    expect(lower).toEqual(full);
  });

  it('an indefinite matrix is refused', () => {
    expect(choleskyInPlace(Float64Array.of(1, 2, 2, 1), 2)).toBe(false);
    expect(choleskyInPlace(Float64Array.of(Number.NaN, 0, 0, 1), 2)).toBe(false);
  });
});
