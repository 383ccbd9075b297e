import { describe, expect, it } from 'vitest';
import { bookProxy } from '#domain/measure/book-proxy.ts';
import { marginalFromMixture } from '#domain/measure/marginal-exact.ts';
import { createMarginal, type MarginalTable } from '#domain/measure/marginal-table.ts';
import { equicorrelation } from '../../support/joint-books.ts';
import { type LawParts, singleLaw } from '../../support/mixtures.ts';
import fc from '../../support/seeded-check.ts';

function marginal(law: LawParts): MarginalTable {
  const table = createMarginal();
  const stamp = { symbolIndex: 0, steps: 1, horizonMs: 1, lastOpenTimeMs: 0, seed: 1 };
  marginalFromMixture(singleLaw(law), stamp, table);
  return table;
}

describe('the elliptical proxy of a book', () => {
  it('of elliptical marginals is the book itself, whatever its signs', () => {
    // So small that simple and log returns agree.
    const scales = [1e-5, 2e-5, 3e-5];
    const nu = 6;
    const marginals = scales.map((scale) => marginal({ scale, nu }));
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        fc.double({ min: 0, max: 0.95, noNaN: true }),
        (weights, correlation) => {
          fc.pre(Math.max(...weights.map(Math.abs)) > 0.01);
          const matrix = equicorrelation(3, correlation);
          const proxy = bookProxy(Float64Array.from(weights), marginals, matrix, nu);
          let variance = 0;
          weights.forEach((weight, a) => {
            const exact = weight * scales[a]!;
            expect(Math.abs(proxy.weights[a]! - exact)).toBeLessThanOrEqual(0.03 * Math.abs(exact));
            for (let b = 0; b < 3; b++)
              variance += proxy.weights[a]! * proxy.weights[b]! * (a === b ? 1 : correlation);
          });
          expect(proxy.scale).toBeCloseTo(Math.sqrt(variance), 12);
        },
      ),
    );
  });

  it('reads a hedge where it gains, not where it would lose by itself', () => {
    // Heavier on the upside: short it loses by more than it gains.
    const skewed = marginal({ scale: 0.01, nu: 3, skew: 1.5 });
    const plain = marginal({ scale: 0.01, nu: 6 });
    const alone = bookProxy(Float64Array.of(-1), [skewed], equicorrelation(1, 0), 6);
    const hedge = bookProxy(Float64Array.of(1, -0.3), [plain, skewed], equicorrelation(2, 0.9), 6);
    expect(Math.abs(hedge.weights[1]! / 0.3)).toBeLessThan(0.7 * Math.abs(alone.weights[0]!));
  });

  it('of positions that cancel wholly has no scale', () => {
    const one = marginal({ scale: 0.01, nu: 5 });
    const flat = bookProxy(Float64Array.of(0, 0), [one, one], equicorrelation(2, 0.5), 5);
    expect(flat.scale).toBe(0);
    expect([...flat.weights].every((weight) => Math.abs(weight) === 0)).toBe(true);
  });
});
