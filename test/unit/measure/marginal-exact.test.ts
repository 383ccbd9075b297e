import { describe, expect, it } from 'vitest';
import { forecastScore } from '../../../src/domain/measure/forecast-score.ts';
import { marginalFromMixture } from '../../../src/domain/measure/marginal-exact.ts';
import { meanReturn, unitRisk } from '../../../src/domain/measure/marginal-risk.ts';
import {
  createMarginal,
  DRAWS,
  type MarginalTable,
  scoreOf,
} from '../../../src/domain/measure/marginal-table.ts';
import {
  FINE_KNOTS,
  FINE_STEP,
  fineScore,
  TRUNCATION_PROBABILITY,
} from '../../../src/domain/measure/score-grid.ts';
import { createMixtureLaw } from '../../../src/domain/posterior/mixture-law.ts';
import type { PredictiveMixture } from '../../../src/domain/posterior/predictive-mixture.ts';
import { normalPdf, normalQuantile } from '../../../src/math/special-functions.ts';
import { cloud, singleLaw } from '../../support/mixtures.ts';
import fc from '../../support/seeded-check.ts';

function tabulated(mixture: PredictiveMixture): MarginalTable {
  const table = createMarginal();
  marginalFromMixture(mixture, { symbolIndex: 0, steps: 1, horizonMs: 1, lastOpenTimeMs: 0, seed: 1 }, table);
  return table;
}

/** Unit-variance Student laws, shrunk so far that simple and log returns agree. */
const TINY = 1e-7;

describe('the one-step marginal', () => {
  it.each([
    [3, 0.99, 2.621576, 4.043231],
    [3, 0.95, 1.358715, 2.236809],
    [4, 0.99, 2.649492, 3.69151],
    [4, 0.975, 1.963243, 2.823871],
    [5, 0.99, 2.606464, 3.448837],
    [5, 0.975, 1.991164, 2.727802],
    [5, 0.95, 1.56085, 2.238684],
    [8, 0.99, 2.508407, 3.109802],
    [8, 0.95, 1.610416, 2.17706],
    [1e6, 0.99, 2.326348, 2.665214],
    [1e6, 0.975, 1.959964, 2.337803],
  ])(
    'of a Student law with nu %d has its closed-form VaR and ES at %d',
    (nu, confidence, value, shortfall) => {
      const table = tabulated(singleLaw({ scale: TINY * Math.sqrt((nu - 2) / nu), nu }));
      for (const short of [false, true]) {
        const risk = unitRisk(table, confidence, short);
        expect(risk.valueAtRisk / TINY / value).toBeCloseTo(1, 4);
        // The cut at 2.9e-7 a side takes its part of a heavy tail's mean.
        expect(Math.abs(risk.shortfall / TINY / shortfall - 1)).toBeLessThan(nu === 3 ? 2e-3 : 3e-4);
        expect(Math.abs(risk.drawValueAtRisk[7]! / TINY / value - 1)).toBeLessThan(4e-3);
        expect(Math.abs(risk.drawShortfall[7]! / TINY / shortfall - 1)).toBeLessThan(6e-3);
      }
    },
  );

  it("agrees with direct inversion of the whole mixture to 2e-5 of the law's width", () => {
    const mixture = cloud({ seed: 5, particles: 1024, models: 6, scale: 0.01, nu: 5, skew: 0.95 });
    const table = tabulated(mixture);
    const law = createMixtureLaw(mixture);
    for (const p of [0.001, 0.01, 0.025, 0.05, 0.3, 0.5, 0.9, 0.99, 0.999]) {
      const risk = unitRisk(table, 1 - p, false);
      const exact = -Math.expm1(law.quantile(p));
      expect(Math.abs(risk.valueAtRisk - exact)).toBeLessThan(2e-5 * Math.max(Math.abs(exact), 0.01));
    }
  });

  it('scores an outcome as the inverse of its quantile function, and as the forecast itself does', () => {
    const mixture = cloud({ seed: 8, particles: 128, models: 3, scale: 0.02, nu: 6 });
    const table = tabulated(mixture);
    const law = createMixtureLaw(mixture);
    for (const p of [0.002, 0.1, 0.5, 0.77, 0.995]) {
      const outcome = law.quantile(p);
      expect(scoreOf(table, outcome)).toBeCloseTo(normalQuantile(p), 3);
      expect(forecastScore(mixture, outcome)).toBeCloseTo(normalQuantile(p), 5);
    }
    expect(scoreOf(table, -50)).toBe(-5);
    expect(scoreOf(table, 50)).toBe(5);
  });

  it('has the mean that its quantile function integrates to', () => {
    const table = tabulated(
      cloud({ seed: 2, particles: 64, models: 2, scale: 0.03, nu: 4, location: 0.001 }),
    );
    const { simpleReturn } = table;
    const parts = 64;
    let sum = TRUNCATION_PROBABILITY * (simpleReturn[0]! + simpleReturn[FINE_KNOTS - 1]!);
    for (let knot = 0; knot < FINE_KNOTS - 1; knot++)
      for (let part = 0; part < parts; part++) {
        const t = (part + 0.5) / parts;
        const value = simpleReturn[knot]! * (1 - t) + simpleReturn[knot + 1]! * t;
        sum += (value * normalPdf(fineScore(knot) + t * FINE_STEP) * FINE_STEP) / parts;
      }
    expect(Math.abs(meanReturn(table) - sum)).toBeLessThan(1e-9);
  });

  it('keeps a finite short shortfall under a law whose exponential moment is infinite', () => {
    const risk = unitRisk(tabulated(singleLaw({ scale: 0.05, nu: 2.5 })), 0.999, true);
    expect(Number.isFinite(risk.shortfall)).toBe(true);
    expect(risk.shortfall).toBeGreaterThan(risk.valueAtRisk);
  });

  it('never loses more than everything when long', () => {
    const risk = unitRisk(tabulated(singleLaw({ scale: 0.8, nu: 3 })), 0.999, false);
    expect(risk.valueAtRisk).toBeLessThanOrEqual(1);
    expect(risk.shortfall).toBeLessThanOrEqual(1);
  });

  it('is ordered, finite and coherent for any cloud', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 0, max: 1e6 }),
          scale: fc.double({ min: 1e-5, max: 0.2, noNaN: true }),
          nu: fc.double({ min: 2.2, max: 60, noNaN: true }),
          skew: fc.double({ min: 0.6, max: 1.6, noNaN: true }),
        }),
        (parts) => {
          const table = tabulated(cloud({ ...parts, particles: 24, models: 3 }));
          for (let k = 1; k < FINE_KNOTS; k++)
            expect(table.logReturn[k]!).toBeGreaterThanOrEqual(table.logReturn[k - 1]!);
          let previous = -Infinity;
          for (const confidence of [0.9, 0.95, 0.975, 0.99, 0.995, 0.999]) {
            const risk = unitRisk(table, confidence, false);
            expect(risk.shortfall).toBeGreaterThanOrEqual(risk.valueAtRisk);
            expect(risk.valueAtRisk).toBeGreaterThanOrEqual(previous);
            previous = risk.valueAtRisk;
            const inside = risk.drawValueAtRisk.filter((draw) => draw <= risk.valueAtRisk).length / DRAWS;
            // Far out the heaviest particles decide, and most draws may lie on one side.
            expect(inside).toBeGreaterThan(confidence > 0.99 ? 0 : 0.1);
            expect(inside).toBeLessThan(confidence > 0.99 ? 1 : 0.95);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('of the same mixture has the same bytes', () => {
    const make = (): Buffer =>
      Buffer.from(tabulated(cloud({ seed: 3, particles: 512, models: 4, scale: 0.01, nu: 4 })).flat.buffer);
    expect(make().equals(make())).toBe(true);
  });
});
