import { describe, expect, it } from 'vitest';
import { createBaseDraws, fillCopulaRanks } from '../../../src/domain/scenario/copula-ranks.ts';
import { fillEllipticalColumn, fillEllipticalMeans } from '../../../src/domain/scenario/elliptical-column.ts';
import { fillLattice, GROUP_POINTS, GROUPS, SCENARIOS } from '../../../src/domain/scenario/lattice.ts';
import { createMixing } from '../../../src/domain/scenario/student-mixing.ts';
import { chiSquareCdf, normalQuantile } from '../../../src/math/special-functions.ts';
import { equicorrelation } from '../../support/joint-books.ts';

function ranks(seed: number, symbols: number, correlation: number, nu: number): Uint16Array {
  const out = new Uint16Array(symbols * SCENARIOS);
  fillCopulaRanks(createBaseDraws(seed, symbols), equicorrelation(symbols, correlation), nu, out);
  return out;
}

describe('the joint scenarios', () => {
  it('are lattices: every group fills each 1/32 of every dimension to within one point', () => {
    const uniforms = new Float64Array(SCENARIOS);
    for (const dimension of [0, 1, 7, 20]) {
      fillLattice(3, dimension, uniforms);
      for (let group = 0; group < GROUPS; group++) {
        const counts = new Int32Array(32);
        for (const u of uniforms.subarray(group * GROUP_POINTS, (group + 1) * GROUP_POINTS))
          counts[Math.floor(u * 32)]!++;
        for (const count of counts) expect(Math.abs(count - GROUP_POINTS / 32)).toBeLessThanOrEqual(2);
      }
    }
  });

  it('give every symbol each rank once', () => {
    const all = ranks(1, 3, 0.5, 5);
    for (let a = 0; a < 3; a++) {
      const seen = new Uint8Array(SCENARIOS);
      for (const rank of all.subarray(a * SCENARIOS, (a + 1) * SCENARIOS)) seen[rank]!++;
      expect(seen.every((count) => count === 1)).toBe(true);
    }
  });

  it('have the rank correlation and the tail dependence of their t-copula', () => {
    const correlation = 0.6;
    const all = ranks(5, 2, correlation, 4);
    let spearman = 0;
    let joint = 0;
    const tail = 0.01 * SCENARIOS;
    for (let s = 0; s < SCENARIOS; s++) {
      const a = all[s]!;
      const b = all[SCENARIOS + s]!;
      spearman += (12 * ((a + 0.5) / SCENARIOS - 0.5) * ((b + 0.5) / SCENARIOS - 0.5)) / SCENARIOS;
      if (a < tail && b < tail) joint++;
    }
    // A Gaussian copula has (6/pi) asin(r/2) = 0.582; a t with 4 degrees a little less.
    expect(spearman).toBeGreaterThan(0.54);
    expect(spearman).toBeLessThan(0.6);
    // P(both | one) at 1 %: 0.33 for this t-copula by quadrature, 0.19 for the Gaussian one.
    expect(joint / tail).toBeGreaterThan(0.28);
    expect(joint / tail).toBeLessThan(0.4);
  });

  it('differ by seed, and are the same for the same seed', () => {
    expect(ranks(1, 2, 0.3, 6)).toEqual(ranks(1, 2, 0.3, 6));
    expect(ranks(1, 2, 0.3, 6)).not.toEqual(ranks(2, 2, 0.3, 6));
  });

  it('do not change for the first symbols when another is added', () => {
    expect(ranks(1, 3, 0.4, 6).subarray(0, 2 * SCENARIOS)).toEqual(ranks(1, 2, 0.4, 6));
  });

  it('refuse a correlation that is not positive definite', () => {
    const out = new Uint16Array(3 * SCENARIOS);
    expect(() => fillCopulaRanks(createBaseDraws(1, 3), equicorrelation(3, -0.9), 5, out)).toThrow(
      /positive/,
    );
  });

  it('mix by sqrt(nu / chi2) to 1e-4', () => {
    for (const nu of [3, 6.5, 40]) {
      const mixing = createMixing(nu);
      for (const z of [-4, -2.33, 0.4, 1.7, 3.5]) {
        const chiSquare = nu / mixing(z) ** 2;
        expect(normalQuantile(chiSquareCdf(chiSquare, nu))).toBeCloseTo(z, 3);
      }
    }
  });

  it('have elliptical columns with mean zero and the variance of the t law', () => {
    const out = new Float32Array(SCENARIOS);
    const means = new Float32Array(SCENARIOS);
    fillEllipticalMeans(6, means);
    fillEllipticalColumn(means, ranks(2, 1, 0, 6), out);
    let sum = 0;
    let squares = 0;
    for (const x of out) {
      sum += x;
      squares += x * x;
    }
    expect(Math.abs(sum / SCENARIOS)).toBeLessThan(1e-6);
    expect(squares / SCENARIOS).toBeCloseTo(1.5, 1);
  });
});
