import { describe, expect, it } from 'vitest';
import { createMixtureLaw } from '#domain/posterior/mixture-law.ts';
import type { PredictiveMixture } from '#domain/posterior/predictive-mixture.ts';
import { exactGridIndex, GRID_SIZE, gridNu } from '#math/student-grid.ts';
import { slowMixtureCdf } from '../../../reference/slow-mixture.ts';
import fc from '../../../support/seeded-check.ts';

function mixture(parts: readonly (readonly number[])[]): PredictiveMixture {
  const column = (k: number) => Float64Array.from(parts, (part) => part[k]!);
  const total = parts.reduce((sum, part) => sum + part[0]!, 0);
  return {
    size: parts.length,
    weight: column(0).map((w) => w / total),
    location: column(1),
    scale: column(2),
    nu: column(3),
    skew: column(4),
    model: new Uint8Array(parts.length),
  };
}

const part = fc.tuple(
  fc.double({ min: 0.1, max: 1, noNaN: true }),
  fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  fc.double({ min: 0.2, max: 3, noNaN: true }),
  fc.integer({ min: 0, max: GRID_SIZE - 1 }).map((index) => gridNu[index]!),
  fc.double({ min: 0.7, max: 1.4, noNaN: true }),
);

describe('the law of a predictive mixture', () => {
  it('unit-variance Student-t VaR and ES equal the published closed forms, on the grid and off it', () => {
    const published = [
      [5, 0.01, 2.606464, 3.448837],
      [4, 0.025, 1.963243, 2.823871],
      [8, 0.05, 1.610416, 2.17706],
      [3, 0.01, 2.621576, 4.043231],
    ] as const;
    for (const [nu, p, valueAtRisk, shortfall] of published) {
      const law = createMixtureLaw(mixture([[1, 0, Math.sqrt((nu - 2) / nu), nu, 1]]));
      expect(-law.quantile(p)).toBeCloseTo(valueAtRisk, 6);
      expect(law.expectedShortfall(p)).toBeCloseTo(shortfall, 6);
    }
  });

  it('agrees with the slow sum of exact laws to 1e-6 relative in either tail', () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(0.001, 0.01, 0.025, 0.05, 0.3, 0.9, 0.99),
        (parts, p) => {
          const law = createMixtureLaw(mixture(parts));
          const x = law.quantile(p);
          const cdf = slowMixtureCdf(mixture(parts), x);
          expect(Math.abs(cdf / p - 1)).toBeLessThan(1e-6);
          expect(Math.abs(law.cdf(x) / p - 1)).toBeLessThan(1e-8);
        },
      ),
    );
  });

  it('inverts a mixture of hundreds, kinks and stray components included, to what its own sum says', () => {
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 150, maxLength: 400 }),
        part,
        fc.double({ min: 1e-4, max: 1 - 1e-4, noNaN: true }),
        (parts, [weight, location, scale, nu, skew], p) => {
          // The stray one lies where the thinned search does not look.
          const [first, , ...rest] = parts;
          const law = createMixtureLaw(
            mixture([first!, [20 * weight, 30 * location, scale, nu, skew], ...rest]),
          );
          const error = Math.abs(law.cdf(law.quantile(p)) - p);
          expect(error).toBeLessThan(1e-8 * Math.min(p, 1 - p));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('knows every law of the grid and none beside it', () => {
    gridNu.forEach((nu, index) => {
      expect(exactGridIndex(nu)).toBe(index);
      expect(exactGridIndex(nu * (1 + 2 ** -50))).toBe(-1);
    });
    for (const nu of [2, 2.01, 1e6, -1, 0, Number.NaN, Infinity]) expect(exactGridIndex(nu)).toBe(-1);
  });

  it('expected shortfall is the average of the quantiles beyond it', () => {
    const law = createMixtureLaw(
      mixture([
        [0.4, 0.1, 1, gridNu[120]!, 0.9],
        [0.6, -0.05, 2, gridNu[150]!, 1.2],
      ]),
    );
    const p = 0.4;
    let sum = 0;
    const steps = 20000;
    for (let k = 0; k < steps; k++) {
      // u = v^4 puts many points in the tail, where the quantile is steep.
      const v = (k + 0.5) / steps;
      sum += law.quantile(p * v ** 4) * 4 * v ** 3;
    }
    expect(law.expectedShortfall(p) / (-sum / steps)).toBeCloseTo(1, 4);
    expect(law.expectedShortfall(0.01)).toBeGreaterThan(-law.quantile(0.01));
  });

  it('refuses a probability outside the open unit interval and an empty mixture', () => {
    const law = createMixtureLaw(mixture([[1, 0, 1, 5, 1]]));
    expect(() => law.quantile(0)).toThrow(RangeError);
    expect(() => createMixtureLaw({ ...mixture([[1, 0, 1, 5, 1]]), size: 0 })).toThrow(RangeError);
    expect(law.pit(-1e9)).toBe(1e-12);
  });
});
