import { describe, expect, it } from 'vitest';
import { filteredScores } from '../../../src/domain/dependence/filtered-scores.ts';
import { jointLaw } from '../../../src/domain/dependence/joint-law.ts';
import { pairCorrelation } from '../../../src/domain/dependence/pair-correlation.ts';
import { createStudentValue } from '../../../src/domain/dependence/student-value.ts';
import { choleskyInPlace } from '../../../src/math/linear-algebra.ts';
import { createRandom } from '../../../src/math/random.ts';
import { drawChiSquare } from '../../../src/math/sampling.ts';
import {
  normalCdf,
  normalQuantile,
  studentCdf,
  studentQuantile,
} from '../../../src/math/special-functions.ts';
import fc from '../../support/seeded-check.ts';

/** Normal scores of a t-copula with equal correlation. */
function scoresOf(
  seed: number,
  rows: number,
  symbols: number,
  correlation: number,
  nu: number,
): Float64Array {
  const random = createRandom(seed);
  const scores = new Float64Array(rows * symbols);
  for (let t = 0; t < rows; t++) {
    const common = random.normal();
    const mixing = Math.sqrt(nu / drawChiSquare(random, nu));
    for (let a = 0; a < symbols; a++) {
      const x = mixing * (Math.sqrt(correlation) * common + Math.sqrt(1 - correlation) * random.normal());
      scores[t * symbols + a] = normalQuantile(Math.min(Math.max(studentCdf(x, nu), 1e-9), 1 - 1e-9));
    }
  }
  return scores;
}

function isPositive(matrix: Float64Array, symbols: number): boolean {
  return choleskyInPlace(Float64Array.from(matrix), symbols);
}

describe('the dependence', () => {
  it('finds the correlation that the scores were drawn with', () => {
    const { correlation, fewestRows } = jointLaw(scoresOf(3, 512, 4, 0.7, 60), 512, 4);
    expect(fewestRows).toBeGreaterThan(90);
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < i; j++) expect(Math.abs(correlation[i * 4 + j]! - 0.7)).toBeLessThan(0.15);
  });

  it('tells heavy joint tails from light ones', () => {
    const mean = (nu: number): number =>
      [1, 2, 3, 4, 5].reduce(
        (sum, seed) => sum + jointLaw(scoresOf(seed, 512, 6, 0.5, nu), 512, 6).nu / 5,
        0,
      );
    const heavy = mean(4);
    const light = mean(60);
    expect(heavy).toBeLessThan(8);
    expect(light).toBeGreaterThan(12);
  });

  it('starts a newly listed symbol at the common correlation', () => {
    const scores = scoresOf(9, 400, 4, 0.6, 8);
    for (let t = 0; t < 396; t++) scores[t * 4 + 3] = Number.NaN;
    const { correlation, common } = pairCorrelation(scores, 400, 4);
    for (let i = 0; i < 3; i++) expect(Math.abs(correlation[12 + i]! - common)).toBeLessThan(0.25);
    expect(isPositive(correlation, 4)).toBe(true);
  });

  it('stands at the prior where there are no scores at all', () => {
    const { correlation, nu, fewestRows } = jointLaw(new Float64Array(0), 0, 3);
    expect(fewestRows).toBe(0);
    expect(correlation[1]).toBeCloseTo(0.5, 12);
    expect(nu).toBeGreaterThan(3);
    expect(nu).toBeLessThan(50);
  });

  it('is positive definite whatever is missing, doubled or mirrored', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (seed, symbols, rows, missing) => {
          const random = createRandom(seed);
          const scores = scoresOf(seed, rows, symbols, 0.8, 4);
          for (let t = 0; t < rows; t++) {
            scores[t * symbols + 1] = (seed % 2 === 0 ? 1 : -1) * scores[t * symbols]!;
            for (let a = 0; a < symbols; a++)
              if (random.uniform() < missing) scores[t * symbols + a] = Number.NaN;
          }
          const law = jointLaw(scores, rows, symbols);
          expect(isPositive(law.correlation, symbols)).toBe(true);
          expect(Number.isFinite(law.nu)).toBe(true);
          for (let i = 0; i < symbols; i++) expect(law.correlation[i * symbols + i]).toBe(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads t values of scores to 2e-4', () => {
    for (const nu of [3, 7, 50]) {
      const student = createStudentValue(nu);
      for (const z of [-4.1, -2.33, -0.2, 0.7, 3.03]) {
        const exact = studentQuantile(normalCdf(z), nu);
        expect(Math.abs(student.valueOf(z) / exact - 1)).toBeLessThan(2e-4);
      }
    }
  });

  it('scores past returns by rank over their own volatility', () => {
    const random = createRandom(2);
    const returns = Float64Array.from({ length: 500 }, (_, t) => (t < 250 ? 0.001 : 0.02) * random.normal());
    const scores = filteredScores(returns);
    const variance = (from: number, to: number): number =>
      scores.subarray(from, to).reduce((sum, z) => sum + z * z, 0) / (to - from);
    expect(variance(50, 250) / variance(300, 500)).toBeGreaterThan(0.5);
    expect(variance(50, 250) / variance(300, 500)).toBeLessThan(2);
    expect(Array.from(scores).every(Number.isFinite)).toBe(true);
  });
});
