/**
 * The tests of the backtest room under a known truth: how often each rejects a correct forecaster (size) and
 * a wrong one (power). Bounds are four binomial standard errors around the stated rate.
 */
import { describe, expect, it } from 'vitest';
import { acerbiSzekelyTests } from '../../src/domain/backtest/acerbi-szekely.ts';
import { berkowitzTest } from '../../src/domain/backtest/berkowitz-test.ts';
import { binomialTest } from '../../src/domain/backtest/binomial-test.ts';
import { calibrationAccuracy } from '../../src/domain/backtest/calibration-accuracy.ts';
import { christoffersenTest } from '../../src/domain/backtest/christoffersen-test.ts';
import { dieboldMariano } from '../../src/domain/backtest/diebold-mariano.ts';
import { dynamicQuantileTest } from '../../src/domain/backtest/dynamic-quantile-test.ts';
import { runEProcess } from '../../src/domain/backtest/e-process.ts';
import { exceedanceResidualTest } from '../../src/domain/backtest/exceedance-residual-test.ts';
import { countOnes, exceedances } from '../../src/domain/backtest/forecast-track.ts';
import { kupiecTest } from '../../src/domain/backtest/kupiec-test.ts';
import { modelConfidenceSet } from '../../src/domain/backtest/model-confidence-set.ts';
import { kolmogorovSmirnovTest } from '../../src/domain/backtest/pit-uniformity.ts';
import type { TestResult } from '../../src/domain/backtest/test-result.ts';
import { createRandom, type RandomStream } from '../../src/math/random.ts';
import { drawStudent } from '../../src/math/sampling.ts';
import { studentCdf } from '../../src/math/special-functions.ts';

/** Unit-variance Student-t with five degrees of freedom: VaR and ES by tail probability. */
const T5: Record<number, { valueAtRisk: number; es: number }> = {
  0.01: { valueAtRisk: 2.606464, es: 3.448837 },
  0.025: { valueAtRisk: 1.991164, es: 2.727802 },
  0.05: { valueAtRisk: 1.56085, es: 2.238684 },
};
const UNIT = Math.sqrt(3 / 5);

function outcomes(random: RandomStream, length: number, scale = 1): Float64Array {
  return Float64Array.from({ length }, () => scale * UNIT * drawStudent(random, 5));
}

function constant(length: number, value: number): Float64Array {
  return new Float64Array(length).fill(value);
}

/** Share of the runs in which the test answers and rejects at the given size. */
function rejections(
  runs: number,
  seed: number,
  size: number,
  test: (random: RandomStream) => TestResult | number | null,
): number {
  let count = 0;
  for (let run = 0; run < runs; run++) {
    const answer = test(createRandom(seed, run));
    const p = typeof answer === 'number' || answer === null ? answer : answer.pValue;
    if (p !== null && p < size) count++;
  }
  return count / runs;
}

function expectNear(actual: number, rate: number, runs: number): void {
  expect(Math.abs(actual - rate), `rate ${actual}, stated ${rate}`).toBeLessThan(
    4 * Math.sqrt((rate * (1 - rate)) / runs),
  );
}

function hitsOf(outcome: Float64Array, a: number): Uint8Array {
  return exceedances(outcome, constant(outcome.length, T5[a]!.valueAtRisk));
}

describe('size under a correct forecaster', () => {
  it('Kupiec at T = 250 and 1 % rejects 9.5 % of the time; the exact test keeps its 5 %', () => {
    const at = (test: typeof kupiecTest) =>
      rejections(4000, 1, 0.05, (random) => test(countOnes(hitsOf(outcomes(random, 250), 0.01)), 250, 0.01));
    expectNear(at(kupiecTest), 0.095, 4000);
    expect(at(binomialTest)).toBeLessThan(0.05);
  });

  it('conditional coverage and DQ are near nominal at T = 1000 and 5 %', () => {
    const runs = 2000;
    const conditional = rejections(
      runs,
      2,
      0.05,
      (random) => christoffersenTest(hitsOf(outcomes(random, 1000), 0.05), 0.05).conditional,
    );
    expect(conditional).toBeGreaterThan(0.03);
    expect(conditional).toBeLessThan(0.08);
    const dq = rejections(runs, 3, 0.05, (random) => {
      const path = Float64Array.from({ length: 1000 }, () => 1 + 0.2 * random.uniform());
      const hits = Uint8Array.from({ length: 1000 }, () => (random.uniform() < 0.05 ? 1 : 0));
      return dynamicQuantileTest(hits, path, 0.05);
    });
    expect(dq).toBeGreaterThan(0.03);
    expect(dq).toBeLessThan(0.09);
  });

  it('the simulated DQ keeps its size where few hits are expected', () => {
    const dq = rejections(300, 4, 0.05, (random) => {
      const path = Float64Array.from({ length: 250 }, () => 1 + 0.2 * random.uniform());
      const hits = Uint8Array.from({ length: 250 }, () => (random.uniform() < 0.01 ? 1 : 0));
      return dynamicQuantileTest(hits, path, 0.01);
    });
    expect(dq).toBeLessThan(0.05 + 4 * Math.sqrt((0.05 * 0.95) / 300));
  });

  it('Z2 and Z3 keep 5 % at T = 500 and 2.5 % though the tail they simulate is Pareto, not Student', () => {
    const { valueAtRisk, es } = T5[0.025]!;
    for (const statistic of ['z2', 'z3'] as const) {
      const rate = rejections(400, 5, 0.05, (random) => {
        const outcome = outcomes(random, 500);
        return acerbiSzekelyTests(outcome, constant(500, valueAtRisk), constant(500, es), 0.025)[statistic];
      });
      expect(rate).toBeGreaterThan(0.02);
      expect(rate).toBeLessThan(0.09);
    }
  });

  it('the published critical value of Z2 at T = 250, a = 2.5 % is its 5 % point: -0.737 under t5', () => {
    const { valueAtRisk, es } = T5[0.025]!;
    let below = 0;
    const runs = 20_000;
    for (let run = 0; run < runs; run++) {
      const outcome = outcomes(createRandom(6, run), 250);
      let sum = 0;
      for (const value of outcome) if (-value > valueAtRisk) sum -= value / es;
      if (1 - sum / (250 * 0.025) <= -0.737) below++;
    }
    expectNear(below / runs, 0.05, runs);
  });

  it('exceedance residuals, Kolmogorov-Smirnov, Berkowitz and Diebold-Mariano are near nominal', () => {
    const { valueAtRisk, es } = T5[0.05]!;
    const residual = rejections(300, 7, 0.05, (random) =>
      exceedanceResidualTest(outcomes(random, 2000), constant(2000, valueAtRisk), constant(2000, es)),
    );
    expect(residual).toBeLessThan(0.11);
    const uniform = (random: RandomStream) => Float64Array.from({ length: 500 }, () => random.uniform());
    expectNear(
      rejections(2000, 8, 0.05, (random) => kolmogorovSmirnovTest(uniform(random))),
      0.05,
      2000,
    );
    expectNear(
      rejections(2000, 9, 0.05, (random) => berkowitzTest(uniform(random))),
      0.05,
      2000,
    );
    const dm = rejections(1500, 10, 0.05, (random) => {
      const path = () => Float64Array.from({ length: 400 }, () => random.normal());
      return dieboldMariano(path(), path());
    });
    expect(dm).toBeGreaterThan(0.03);
    expect(dm).toBeLessThan(0.09);
  });

  it('e-processes raise a false alarm at 20 in fewer than one run in twenty, at any time to 2000', () => {
    const { valueAtRisk, es } = T5[0.025]!;
    for (const kind of ['var-too-small', 'es-too-small', 'var-too-large'] as const) {
      const alarms = rejections(1000, 11, 1 / 20, (random) => {
        const path = runEProcess(
          kind,
          outcomes(random, 2000),
          constant(2000, valueAtRisk),
          constant(2000, es),
          0.025,
        );
        return 1 / path.peak;
      });
      expect(alarms, kind).toBeLessThan(0.05);
    }
  });

  it('the null band of A holds nine correct forecasters in ten', () => {
    for (const length of [500, 2500]) {
      let inside = 0;
      const runs = 1500;
      for (let run = 0; run < runs; run++) {
        const random = createRandom(12, length, run);
        const { accuracy, nullBand } = calibrationAccuracy(
          Float64Array.from({ length }, () => random.uniform()),
        )!;
        if (accuracy >= nullBand[0] && accuracy <= nullBand[1]) inside++;
      }
      expectNear(inside / runs, 0.9, runs);
    }
  });

  it('the confidence set keeps the best of three equals', () => {
    let kept = 0;
    for (let run = 0; run < 200; run++) {
      const random = createRandom(13, run);
      const losses = [1, 2, 3].map(() => Float64Array.from({ length: 300 }, () => random.normal()));
      if (modelConfidenceSet(['a', 'b', 'c'], losses)[0]!.included) kept++;
    }
    expect(kept / 200).toBeGreaterThan(0.9 - 4 * Math.sqrt(0.09 / 200));
  });
});

describe('power against a volatility forecast 20 % too low', () => {
  const tooLow = 1 / 0.8;
  it.each([
    [0.01, 250, 0.3],
    [0.01, 1000, 0.87],
    [0.05, 250, 0.62],
    [0.05, 1000, 0.99],
  ])('Kupiec at a = %f, T = %i rejects about %f of the time', (a, length, power) => {
    const rate = rejections(2000, 14, 0.05, (random) =>
      kupiecTest(countOnes(hitsOf(outcomes(random, length, tooLow), a)), length, a),
    );
    expect(Math.abs(rate - power)).toBeLessThan(0.06);
  });

  it('e-processes find it by T = 1000 in most runs', () => {
    const { valueAtRisk, es } = T5[0.025]!;
    for (const kind of ['var-too-small', 'es-too-small'] as const) {
      const power = rejections(400, 15, 1 / 20, (random) => {
        const outcome = outcomes(random, 1000, tooLow);
        return 1 / runEProcess(kind, outcome, constant(1000, valueAtRisk), constant(1000, es), 0.025).peak;
      });
      expect(power, kind).toBeGreaterThan(0.6);
    }
  });

  it('A falls to about 94 where the scale is a fifth too small', () => {
    const random = createRandom(16);
    const pit = outcomes(random, 50_000, tooLow).map((value) => studentCdf(value / UNIT, 5));
    const { accuracy } = calibrationAccuracy(pit)!;
    expect(accuracy).toBeGreaterThan(93);
    expect(accuracy).toBeLessThan(95);
  });
});
