import { describe, expect, it } from 'vitest';
import { formatUnits, parseUnits } from '#exchange/wire/decimal.ts';

describe('decimals on the wire', () => {
  it.each([0, 2, 5, 8])(
    'with %d decimals have eight digits after the point and read back as they were',
    (decimals) => {
      for (const units of [0, 1, 406, 99_999_999]) {
        const text = formatUnits(units, decimals);
        expect(text).toMatch(/^\d+\.\d{8}$/);
        expect(parseUnits(text, decimals)).toBe(units);
      }
    },
  );
});
