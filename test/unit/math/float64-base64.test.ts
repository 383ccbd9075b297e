import { expect, it } from 'vitest';
import { fromBase64, toBase64 } from '#math/float64-base64.ts';

it('doubles come back with every bit, those without decimals included', () => {
  const values = Float64Array.of(0.1 + 0.2, -0, Number.MIN_VALUE, -Number.MAX_VALUE, Infinity, Number.NaN);
  const back = fromBase64(toBase64(values));
  for (const [index, value] of values.entries()) expect(Object.is(back[index], value)).toBe(true);
  expect(back).toHaveLength(values.length);
});

it('a part of a larger array is written alone', () => {
  expect([...fromBase64(toBase64(Float64Array.of(1, 2, 3, 4).subarray(1, 3)))]).toEqual([2, 3]);
});

it('bytes that are no whole doubles are refused', () => {
  expect(() => fromBase64(Buffer.from([1, 2, 3]).toString('base64'))).toThrow(RangeError);
});
