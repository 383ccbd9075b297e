import { describe, expect, it } from 'vitest';
import { selectInPlace, tailMean } from '#math/quantile.ts';
import fc from '../../support/seeded-check.ts';

const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 200 });

describe('order statistics in place', () => {
  it('selectInPlace returns what sorting would and keeps the smaller ones before it', () => {
    fc.assert(
      fc.property(values, fc.nat(), (list, pick) => {
        const k = pick % list.length;
        const array = Float64Array.from(list);
        const sorted = Float64Array.from(list).sort();
        // Zeros of either sign are equal, and their order among each other is not promised.
        expect(selectInPlace(array, k) + 0).toBe(sorted[k]! + 0);
        expect(Array.from(array.subarray(0, k)).every((x) => x <= sorted[k]!)).toBe(true);
        expect(Float64Array.from(array).sort()).toEqual(sorted);
      }),
    );
  });

  it('selectInPlace survives constant and sorted arrays', () => {
    expect(selectInPlace(new Float64Array(5000).fill(3), 2500)).toBe(3);
    expect(
      selectInPlace(
        Float64Array.from({ length: 5000 }, (_, i) => i),
        17,
      ),
    ).toBe(17);
    expect(() => selectInPlace(new Float64Array(3), 3)).toThrow(RangeError);
  });

  it('the tail mean counts the part of the atom that belongs to the tail', () => {
    const result = tailMean(Float64Array.of(5, 1, 4, 2, 3), 0.3);
    expect(result.quantile).toBe(2);
    expect(result.mean).toBeCloseTo((1 + 0.5 * 2) / 1.5, 14);
  });
});
