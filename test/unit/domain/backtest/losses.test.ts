import { describe, expect, it } from 'vitest';
import { crpsNormal, crpsSortedDraws, crpsStudent } from '../../../../src/domain/backtest/crps.ts';
import { dieboldMariano } from '../../../../src/domain/backtest/diebold-mariano.ts';
import { fz0Loss, fz0Path } from '../../../../src/domain/backtest/fz0-loss.ts';
import { holmAdjust } from '../../../../src/domain/backtest/holm.ts';
import { modelConfidenceSet } from '../../../../src/domain/backtest/model-confidence-set.ts';
import { meanTickLoss, tickLoss } from '../../../../src/domain/backtest/tick-loss.ts';
import { createRandom } from '../../../../src/math/random.ts';
import { normalPdf, normalQuantile, studentQuantile } from '../../../../src/math/special-functions.ts';

/** Unit-variance quantiles at the midpoints of a fine grid: expectations without sampling noise. */
function grid(quantile: (p: number) => number, count = 200_000): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => quantile((i + 0.5) / count));
}

describe('FZ0', () => {
  const t5 = (p: number) => studentQuantile(p, 5) * Math.sqrt(3 / 5);
  it.each([
    ['normal', normalQuantile, 0.01, 2.326348, 2.665214],
    ['normal', normalQuantile, 0.025, 1.959964, 2.337803],
    ['Student-t 5', t5, 0.01, 2.606464, 3.448837],
    ['Student-t 5', t5, 0.05, 1.56085, 2.238684],
  ])('has the mean ln ES at the truth: %s at %f', (_, quantile, a, valueAtRisk, es) => {
    const outcome = grid(quantile);
    const mean = outcome.reduce((sum, r) => sum + fz0Loss(r, valueAtRisk, es, a), 0) / outcome.length;
    expect(mean).toBeCloseTo(Math.log(es), 3);
  });

  it('is least at the truth', () => {
    const outcome = grid(normalQuantile, 20_000);
    const at = (valueAtRisk: number, es: number) =>
      fz0Path(
        outcome,
        new Float64Array(outcome.length).fill(valueAtRisk),
        new Float64Array(outcome.length).fill(es),
        0.025,
      ).mean;
    const truth = at(1.96, 2.338);
    for (const [v, e] of [
      [1.8, 2.338],
      [2.1, 2.338],
      [1.96, 2.1],
      [1.96, 2.6],
    ] as const)
      expect(at(v, e)).toBeGreaterThan(truth);
  });

  it('differences carry no unit, and an impossible ES is raised and counted', () => {
    const returns = Float64Array.of(-0.03, 0.01, -0.005);
    const path = (v: number, e: number, scale: number) =>
      fz0Path(returns, new Float64Array(3).fill(v), new Float64Array(3).fill(e), 0.05, scale);
    const gap = (scale: number) => path(0.02, 0.03, scale).mean - path(0.01, 0.02, scale).mean;
    expect(gap(100)).toBeCloseTo(gap(1), 12);
    expect(path(0.02, 0.01, 1)).toMatchObject({ clipped: 3, mean: expect.any(Number) });
    expect(Number.isFinite(path(-0.01, -0.02, 1).mean)).toBe(true);
  });
});

describe('tick loss', () => {
  it('at the normal truth is the density at the quantile', () => {
    const outcome = grid(normalQuantile);
    const z = -normalQuantile(0.05);
    expect(meanTickLoss(outcome, new Float64Array(outcome.length).fill(z), 0.05)).toBeCloseTo(
      normalPdf(z),
      4,
    );
    expect(tickLoss(0, 0.02, 0.05)).toBeCloseTo(0.001, 12);
  });
});

describe('CRPS', () => {
  it('agrees with the published closed forms', () => {
    expect(crpsStudent(0, 0, 1, 5)).toBeCloseTo(0.257025362901, 10);
    expect(crpsStudent(-2.5, 0, 1, 5)).toBeCloseTo(1.859243483728, 10);
    expect(crpsStudent(1, 0, 1, 4)).toBeCloseTo(0.605330008315, 10);
    expect(crpsNormal(0, 0, 1)).toBeCloseTo(0.233694977255, 10);
  });

  it('from draws approaches the closed form', () => {
    expect(crpsSortedDraws(0.7, grid(normalQuantile, 20_000))).toBeCloseTo(crpsNormal(0.7, 0, 1), 3);
  });

  it('refuses a law without a mean', () => {
    expect(() => crpsStudent(0, 0, 1, 1)).toThrow(/nu > 1/);
  });
});

describe('Diebold-Mariano', () => {
  const random = createRandom(11);
  const base = Float64Array.from({ length: 500 }, () => random.normal());
  it('finds a forecaster that loses more, with the sign of the first', () => {
    const worse = base.map((loss) => loss + 0.3 + 0.1 * random.normal());
    const result = dieboldMariano(worse, base);
    expect(result.statistic).toBeGreaterThan(5);
    expect(result.pValue).toBeLessThan(1e-6);
    expect(dieboldMariano(base, worse).statistic).toBeCloseTo(-result.statistic!, 10);
  });

  it('equal losses have no answer', () => {
    expect(dieboldMariano(base, base).pValue).toBeNull();
  });
});

describe('model confidence set', () => {
  const random = createRandom(12);
  const noise = () => Float64Array.from({ length: 600 }, () => random.normal());
  it('keeps the twins and drops the clearly worse', () => {
    const good = noise();
    const twin = good.map((loss) => loss + 0.05 * random.normal());
    const bad = good.map((loss) => loss + 0.4 + 0.3 * random.normal());
    const members = modelConfidenceSet(['good', 'twin', 'bad'], [good, twin, bad]);
    expect(members.map(({ included }) => included)).toEqual([true, true, false]);
    expect(Math.max(...members.map(({ pValue }) => pValue))).toBe(1);
  });

  it('identical forecasters all stay', () => {
    const losses = noise();
    const members = modelConfidenceSet(['a', 'b'], [losses, losses]);
    expect(members.every(({ included }) => included)).toBe(true);
  });
});

describe('Holm', () => {
  it('multiplies by the tests left, keeps order, and skips missing answers', () => {
    expect(holmAdjust([0.01, null, 0.04, 0.03])).toEqual([0.03, null, 0.06, 0.06]);
    expect(holmAdjust([0.6, 0.7])).toEqual([1, 1]);
  });
});
