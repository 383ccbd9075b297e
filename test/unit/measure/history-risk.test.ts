import { describe, expect, it } from 'vitest';
import { historyRisk, LEAST_RUNS } from '../../../src/domain/measure/history-risk.ts';
import { createRandom } from '../../../src/math/random.ts';
import { normalPdf, normalQuantile } from '../../../src/math/special-functions.ts';

function normalPast(seed: number, length: number, volatility: number) {
  const random = createRandom(seed);
  return {
    length,
    logReturns: Float64Array.from({ length }, () => volatility * random.normal()),
    exposures: Float64Array.of(1000),
  };
}

describe('the comparison methods', () => {
  it('historical simulation takes the order statistic and the mean beyond it, the atom in part', () => {
    const logReturns = Float64Array.from({ length: 200 }, (_, i) => Math.log1p((i - 100) / 1000));
    const risk = historyRisk(
      'hist',
      { length: 200, logReturns, exposures: Float64Array.of(100) },
      1,
      0.975,
      0.9,
    )!;
    // Losses 10.0, 9.9, 9.8, ...: 5 of 200 lie in the tail.
    expect(risk.var.estimate).toBeCloseTo(9.6, 9);
    expect(risk.es.estimate).toBeCloseTo((10 + 9.9 + 9.8 + 9.7 + 9.6) / 5, 9);
  });

  it('all three find the risk of independent normal returns', () => {
    const past = normalPast(3, 4000, 0.01);
    const exact = 10 * normalQuantile(0.99);
    expect(Math.abs(historyRisk('hist', past, 1, 0.99, 0.9)!.var.estimate / exact - 1)).toBeLessThan(0.1);
    expect(Math.abs(historyRisk('fhs', past, 1, 0.99, 0.9)!.var.estimate / exact - 1)).toBeLessThan(0.4);
    const normal = historyRisk('param', past, 1, 0.99, 0.9)!;
    expect(normal.es.estimate / normal.var.estimate).toBeCloseTo(
      normalPdf(normalQuantile(0.99)) / 0.01 / normalQuantile(0.99),
      9,
    );
  });

  it('runs over several bars have the variance of a sum', () => {
    const past = normalPast(7, 8000, 0.002);
    const one = historyRisk('hist', past, 1, 0.95, 0.9)!.var.estimate;
    const nine = historyRisk('hist', past, 9, 0.95, 0.9)!.var.estimate;
    expect(nine / one).toBeGreaterThan(2.5);
    expect(nine / one).toBeLessThan(3.5);
  });

  it('refuse to read a tail from too little', () => {
    expect(historyRisk('hist', normalPast(1, LEAST_RUNS - 1, 0.01), 1, 0.99, 0.9)).toBeUndefined();
    expect(historyRisk('fhs', normalPast(1, LEAST_RUNS + 3, 0.01), 5, 0.99, 0.9)).toBeUndefined();
  });

  it.each(['hist', 'fhs', 'param'] as const)('%s has ordered bounds and scales with the book', (method) => {
    const past = normalPast(5, 600, 0.01);
    const small = historyRisk(method, past, 2, 0.99, 0.9)!;
    const large = historyRisk(method, { ...past, exposures: Float64Array.of(3000) }, 2, 0.99, 0.9)!;
    for (const measure of ['var', 'es'] as const) {
      expect(small[measure].lower).toBeLessThanOrEqual(small[measure].estimate);
      expect(small[measure].upper).toBeGreaterThanOrEqual(small[measure].estimate);
      expect(large[measure].estimate).toBeCloseTo(3 * small[measure].estimate, 6);
    }
    expect(small.es.estimate).toBeGreaterThan(small.var.estimate);
  });
});
