import { describe, expect, it } from 'vitest';
import { marginalFromMixture } from '../../../src/domain/measure/marginal-exact.ts';
import { unitRisk } from '../../../src/domain/measure/marginal-risk.ts';
import { marginalFromSums, tabulateSample } from '../../../src/domain/measure/marginal-simulated.ts';
import { createMarginal } from '../../../src/domain/measure/marginal-table.ts';
import { FINE_KNOTS } from '../../../src/domain/measure/score-grid.ts';
import { createRandom } from '../../../src/math/random.ts';
import { drawStudent } from '../../../src/math/sampling.ts';
import { studentQuantile } from '../../../src/math/special-functions.ts';
import { cloud, singleLaw } from '../../support/mixtures.ts';

const stamp = { symbolIndex: 0, steps: 1, horizonMs: 1, lastOpenTimeMs: 0, seed: 1 };

function sample(size: number, draw: () => number): Float64Array {
  return Float64Array.from({ length: size }, draw);
}

describe('the marginal of simulated sums', () => {
  it('has the quantiles and shortfall of the law that was drawn, within four of its own errors', () => {
    const scale = 0.01;
    const random = createRandom(11);
    const oneStep = createMarginal();
    marginalFromMixture(singleLaw({ scale, nu: 5 }), stamp, oneStep);
    const out = createMarginal();
    const sums = sample(65_536, () => scale * drawStudent(random, 5));
    marginalFromSums(sums, oneStep, { ...stamp, steps: 4 }, out);
    for (const confidence of [0.95, 0.975, 0.99])
      for (const short of [false, true]) {
        const exact = unitRisk(oneStep, confidence, short);
        const made = unitRisk(out, confidence, short);
        expect(made.valueAtRiskError).toBeGreaterThan(0);
        expect(made.valueAtRiskError).toBeLessThan(0.02 * exact.valueAtRisk);
        expect(Math.abs(made.valueAtRisk - exact.valueAtRisk)).toBeLessThan(4 * made.valueAtRiskError);
        expect(Math.abs(made.shortfall - exact.shortfall)).toBeLessThan(4 * made.shortfallError);
      }
  });

  it('continues its tail by a power law where order statistics run out', () => {
    const random = createRandom(4);
    const table = new Float64Array(FINE_KNOTS);
    tabulateSample(sample(65_536, () => drawStudent(random, 4)).sort(), table);
    for (let k = 1; k < FINE_KNOTS; k++) expect(table[k]!).toBeGreaterThanOrEqual(table[k - 1]!);
    // Knot 64 is a score of -4: probability 3.2e-5, two draws in 65,536.
    const ratio = table[64]! / studentQuantile(3.167e-5, 4);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
  });

  it('spreads draws and members about the sum as they spread about one step', () => {
    const mixture = cloud({ seed: 6, particles: 200, models: 3, scale: 0.01, nu: 6 });
    const oneStep = createMarginal();
    marginalFromMixture(mixture, stamp, oneStep);
    const random = createRandom(5);
    const out = createMarginal();
    marginalFromSums(
      sample(32_768, () => 0.02 * random.normal()),
      oneStep,
      { ...stamp, steps: 4 },
      out,
    );
    const one = unitRisk(oneStep, 0.99, false);
    const several = unitRisk(out, 0.99, false);
    const spread = (values: Float64Array, whole: number): number =>
      Math.sqrt(values.reduce((sum, value) => sum + (value / whole - 1) ** 2, 0) / values.length);
    expect(spread(several.drawValueAtRisk, several.valueAtRisk)).toBeCloseTo(
      spread(one.drawValueAtRisk, one.valueAtRisk),
      2,
    );
    expect(several.models).toEqual([0, 1, 2]);
  });
});
