import { describe, expect, it } from 'vitest';
import { amountString, decimalNumber, decimalString } from '../../../src/http/decimal.ts';
import fc from '../../support/seeded-check.ts';

describe('decimalString', () => {
  it.each([
    [0, '0'],
    [-0, '0'],
    [0.1, '0.1'],
    [1e21, '1000000000000000000000'],
    [1.5e-7, '0.00000015'],
    [-2.25e-9, '-0.00000000225'],
    [123456.789, '123456.789'],
    [1.234e22, '12340000000000000000000'],
  ])('%d is %s', (value, text) => expect(decimalString(value)).toBe(text));

  it('has no exponent and reads back as the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = decimalString(value);
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(decimalNumber(text)).toBe(value === 0 ? 0 : value);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (value) =>
    expect(() => decimalString(value)).toThrow(RangeError),
  );
});

describe('amountString', () => {
  it.each([
    [43_966.505000000005, '43966.505'],
    [0.1 + 0.2, '0.3'],
    [0.00000001, '0.00000001'],
    [12_345_678.12345678, '12345678.1234568'],
  ])('%d is %s', (value, text) => expect(amountString(value)).toBe(text));
});
