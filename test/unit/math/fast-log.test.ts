import { describe, expect, it } from 'vitest';
import { createLogBatch, fastLog, takeLogs } from '../../../src/math/fast-log.ts';
import fc from '../../support/seeded-check.ts';

const anything = fc.oneof(
  fc.double(),
  fc.double({ min: 0.5, max: 2, noNaN: true }),
  fc.double({ min: -700, max: 700, noNaN: true }).map(Math.exp),
  fc.constantFrom(0, -0, Infinity, -Infinity, Number.NaN, 5e-324, 2 ** -1022, Number.MAX_VALUE, 1, -1),
);

describe('the fast logarithm', () => {
  it('is that of the language to four units of 1e-16, absolute or relative, and the same where there is none', () => {
    fc.assert(
      fc.property(anything, (x) => {
        const expected = Math.log(x);
        const value = fastLog(x);
        if (!Number.isFinite(expected)) expect(value).toBe(expected);
        else expect(Math.abs(value - expected)).toBeLessThanOrEqual(4e-16 * Math.max(1, Math.abs(expected)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('taken of many together is the same, and leaves the rest of the batch alone', () => {
    fc.assert(
      fc.property(fc.array(anything, { minLength: 1, maxLength: 20 }), (numbers) => {
        const batch = createLogBatch(numbers.length + 1);
        batch.values.set(numbers);
        batch.values[numbers.length] = 7;
        takeLogs(batch, numbers.length);
        expect([...batch.values]).toEqual([...numbers.map(fastLog), 7]);
      }),
    );
  });
});
