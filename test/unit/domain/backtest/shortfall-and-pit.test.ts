import { describe, expect, it } from 'vitest';
import { acerbiSzekelyTests } from '../../../../src/domain/backtest/acerbi-szekely.ts';
import { berkowitzTest } from '../../../../src/domain/backtest/berkowitz-test.ts';
import {
  calibrationAccuracy,
  distanceToUniform,
} from '../../../../src/domain/backtest/calibration-accuracy.ts';
import { betPayoff, runEProcess } from '../../../../src/domain/backtest/e-process.ts';
import { exceedanceResidualTest } from '../../../../src/domain/backtest/exceedance-residual-test.ts';
import {
  kolmogorovSmirnovTest,
  kolmogorovSurvival,
  pitHistogram,
} from '../../../../src/domain/backtest/pit-uniformity.ts';
import { createRandom } from '../../../../src/math/random.ts';
import { studentQuantile } from '../../../../src/math/special-functions.ts';

const VAR = 1.991164;
const ES = 2.727802;
const A = 0.025;

function studentOutcomes(length: number, seed: number, scale = 1): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length }, () => scale * Math.sqrt(3 / 5) * studentQuantile(random.uniform(), 5));
}

function constant(length: number, value: number): Float64Array {
  return new Float64Array(length).fill(value);
}

describe('Acerbi-Szekely', () => {
  it('by hand: two exceedances in four', () => {
    const outcome = Float64Array.of(-3, 1, -4, 0);
    const { z1, z2, z3 } = acerbiSzekelyTests(outcome, constant(4, 2), constant(4, 2.5), 0.5);
    expect(z1.statistic).toBeCloseTo(1 - (3 / 2.5 + 4 / 2.5) / 2, 12);
    expect(z2.statistic).toBeCloseTo(1 - (3 / 2.5 + 4 / 2.5) / 2, 12);
    expect(z3.statistic).toBeCloseTo((0.5 - (1 + 2) / 4 / 0.5) / 2.5, 12);
  });

  it('accepts the truth and rejects a volatility a third too low', () => {
    const fair = acerbiSzekelyTests(studentOutcomes(2000, 3), constant(2000, VAR), constant(2000, ES), A);
    const low = acerbiSzekelyTests(studentOutcomes(2000, 3, 1.5), constant(2000, VAR), constant(2000, ES), A);
    expect(fair.z2.pValue).toBeGreaterThan(0.05);
    expect(fair.z3.pValue).toBeGreaterThan(0.05);
    expect(low.z2.pValue).toBeLessThan(0.01);
    expect(low.z3.pValue).toBeLessThan(0.01);
  });

  it('no exceedance leaves Z1 without an answer and Z2 at 1', () => {
    const { z1, z2 } = acerbiSzekelyTests(constant(100, 0), constant(100, VAR), constant(100, ES), A);
    expect(z1.pValue).toBeNull();
    expect(z2.statistic).toBe(1);
  });

  it('an ES below its VaR is refused in words', () => {
    const { z2 } = acerbiSzekelyTests(constant(9, 0), constant(9, 2), constant(9, 1), A);
    expect(z2).toMatchObject({ pValue: null, note: expect.stringContaining('below its VaR') });
  });
});

describe('exceedance residuals', () => {
  it('accept the truth, reject a shortfall that is too small, and need five hits', () => {
    const outcome = studentOutcomes(4000, 5);
    const test = (es: number) =>
      exceedanceResidualTest(outcome, constant(4000, VAR), constant(4000, es)).pValue;
    expect(test(ES)).toBeGreaterThan(0.05);
    expect(test(VAR + 0.3 * (ES - VAR))).toBeLessThan(0.01);
    expect(exceedanceResidualTest(constant(9, 0), constant(9, 1), constant(9, 2)).pValue).toBeNull();
  });
});

describe('e-processes', () => {
  it('bets pay 1 on average at the truth', () => {
    const outcome = Float64Array.from(
      { length: 100_000 },
      (_, i) => Math.sqrt(3 / 5) * studentQuantile((i + 0.5) / 100_000, 5),
    );
    for (const kind of ['var-too-small', 'var-too-large', 'es-too-small'] as const) {
      const mean = outcome.reduce((sum, r) => sum + betPayoff(kind, r, VAR, ES, A), 0) / outcome.length;
      expect(mean).toBeCloseTo(1, 2);
    }
  });

  it('the wealth grows against a low VaR and falls for a fair one', () => {
    const low = studentOutcomes(1500, 8, 1.5);
    const fair = studentOutcomes(1500, 8);
    const peak = (outcome: Float64Array, kind: 'var-too-small' | 'es-too-small') =>
      runEProcess(kind, outcome, constant(1500, VAR), constant(1500, ES), A).peak;
    expect(peak(low, 'var-too-small')).toBeGreaterThan(20);
    expect(peak(low, 'es-too-small')).toBeGreaterThan(20);
    expect(peak(fair, 'var-too-small')).toBeLessThan(20);
    expect(peak(fair, 'es-too-small')).toBeLessThan(20);
  });

  it('the mirrored wealth grows against a VaR that is never hit', () => {
    const path = constant(2000, 0);
    const mirrored = runEProcess('var-too-large', path, constant(2000, VAR), constant(2000, ES), A);
    expect(mirrored.peak).toBeGreaterThan(20);
  });

  it('certain ruin of the forecast is a finite wealth', () => {
    const crash = constant(5000, -100);
    const { wealth } = runEProcess('es-too-small', crash, constant(5000, VAR), constant(5000, ES), A);
    expect(wealth).toBe(Number.MAX_VALUE);
  });
});

describe('PITs', () => {
  const random = createRandom(21);
  const uniform = Float64Array.from({ length: 2000 }, () => random.uniform());

  it('the Kolmogorov law has its published 5 % point', () => {
    expect(kolmogorovSurvival(1.3581)).toBeCloseTo(0.05, 4);
    expect(kolmogorovSurvival(0)).toBe(1);
  });

  it('uniform PITs pass every test, squeezed ones fail', () => {
    const squeezed = uniform.map((u) => 0.5 + 0.8 * (u - 0.5));
    expect(kolmogorovSmirnovTest(uniform).pValue).toBeGreaterThan(0.01);
    expect(berkowitzTest(uniform).pValue).toBeGreaterThan(0.01);
    expect(kolmogorovSmirnovTest(squeezed).pValue).toBeLessThan(1e-4);
    expect(berkowitzTest(squeezed).pValue).toBeLessThan(1e-4);
  });

  it('Berkowitz sees dependence where the margins are uniform, and survives 0 and 1', () => {
    const chained = uniform.map((_, t) => uniform[t - (t % 2)]!);
    expect(berkowitzTest(chained).pValue).toBeLessThan(1e-6);
    const edges = uniform.map((u, t) => (t === 7 ? 0 : t === 8 ? 1 : u));
    expect(Number.isFinite(berkowitzTest(edges).statistic!)).toBe(true);
    expect(berkowitzTest(constant(100, 0.5)).pValue).toBeNull();
  });

  it('histogram shares sum to 1 and the last bin holds 1', () => {
    const shares = pitHistogram(Float64Array.of(0, 0.05, 0.999, 1), 10);
    expect(shares).toEqual([0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0.5]);
  });
});

describe('calibration accuracy', () => {
  it('is 100 for perfect, 0 for all at one end, and silent below 500 forecasts', () => {
    const perfect = Float64Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
    expect(calibrationAccuracy(perfect)?.accuracy).toBeCloseTo(100, 0);
    expect(calibrationAccuracy(constant(1000, 1))?.accuracy).toBeCloseTo(0, 10);
    expect(calibrationAccuracy(perfect.subarray(0, 499))).toBeUndefined();
  });

  it('the exact area agrees with a plain sum', () => {
    const random = createRandom(4);
    const pit = Float64Array.from({ length: 37 }, () => random.uniform() ** 1.5);
    let plain = 0;
    for (let i = 0; i < 100_000; i++) {
      const u = (i + 0.5) / 100_000;
      plain += Math.abs(pit.filter((value) => value <= u).length / 37 - u) / 100_000;
    }
    expect(distanceToUniform(pit)).toBeCloseTo(plain, 4);
  });

  it('the null band at 1000 is the published 96.4 to 99.0', () => {
    const pit = Float64Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);
    const [low, high] = calibrationAccuracy(pit)!.nullBand;
    expect(low).toBeCloseTo(96.4, 1);
    expect(high).toBeCloseTo(99.0, 1);
  });
});
