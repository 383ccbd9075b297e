import { describe, expect, it } from 'vitest';
import { expTailMeanOf } from '../../../../src/domain/backtest/exp-tail-mean.ts';
import type { Forecaster } from '../../../../src/domain/backtest/forecaster.ts';
import { empiricalCdf, empiricalTail } from '../../../../src/domain/backtest/peers/empirical-tail.ts';
import { fitGjr } from '../../../../src/domain/backtest/peers/gjr-fit.ts';
import { gjrLogLikelihood, gjrNext } from '../../../../src/domain/backtest/peers/gjr-likelihood.ts';
import { minimise } from '../../../../src/domain/backtest/peers/nelder-mead.ts';
import { createPeers } from '../../../../src/domain/backtest/peers/peer-pool.ts';
import { createRandom } from '../../../../src/math/random.ts';
import { drawStudent } from '../../../../src/math/sampling.ts';
import { lnGamma, normalCdf, normalQuantile } from '../../../../src/math/special-functions.ts';
import { seriesOf } from '../../../support/return-series.ts';

const TRUTH = { mu: 0.0003, omega: 4e-6, alpha: 0.04, gamma: 0.08, beta: 0.88, nu: 6 };

function simulateGjr(count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let h = TRUTH.omega / (1 - TRUTH.alpha - TRUTH.gamma / 2 - TRUTH.beta);
  return Float64Array.from({ length: count }, () => {
    const value = TRUTH.mu + Math.sqrt((h * (TRUTH.nu - 2)) / TRUTH.nu) * drawStudent(random, TRUTH.nu);
    h = gjrNext(TRUTH, h, value);
    return value;
  });
}

describe('Nelder-Mead', () => {
  it('finds the valley of Rosenbrock and walks around holes', () => {
    const valley = (x: Float64Array) =>
      x[0]! > 3 ? Number.NaN : 100 * (x[1]! - x[0]! ** 2) ** 2 + (1 - x[0]!) ** 2;
    const { point } = minimise(valley, [Float64Array.of(-1.2, 1)], {
      step: 0.5,
      tolerance: 1e-12,
      maxEvaluations: 2000,
    });
    expect(point[0]).toBeCloseTo(1, 4);
    expect(point[1]).toBeCloseTo(1, 4);
  });
});

describe('GJR-GARCH-t', () => {
  it('the blocked likelihood equals the plain sum of log densities', () => {
    const returns = simulateGjr(203, 1);
    let h = 1e-4;
    let plain = 0;
    for (const value of returns) {
      const { nu, mu } = TRUTH;
      plain +=
        lnGamma((nu + 1) / 2) -
        lnGamma(nu / 2) -
        0.5 * Math.log(Math.PI * (nu - 2) * h) -
        ((nu + 1) / 2) * Math.log1p((value - mu) ** 2 / ((nu - 2) * h));
      h = gjrNext(TRUTH, h, value);
    }
    expect(gjrLogLikelihood(TRUTH, returns, 1e-4)).toBeCloseTo(plain, 8);
  });

  it('the fit is no worse than the truth and near it', () => {
    const returns = simulateGjr(6000, 2);
    const fit = fitGjr(returns);
    expect(fit.logLikelihood).toBeGreaterThan(gjrLogLikelihood(TRUTH, returns, fit.firstVariance) - 0.01);
    const { alpha, gamma, beta, nu } = fit.parameters;
    expect(alpha + gamma / 2 + beta).toBeCloseTo(0.96, 1);
    expect(gamma).toBeGreaterThan(0.02);
    expect(nu).toBeGreaterThan(4.5);
    expect(nu).toBeLessThan(8.5);
  });

  it('is equivariant in scale and survives returns that never move', () => {
    const returns = simulateGjr(1000, 3);
    const scaled = fitGjr(returns.map((value) => 100 * value));
    expect(scaled.parameters.beta).toBeCloseTo(fitGjr(returns).parameters.beta, 6);
    expect(Number.isFinite(fitGjr(new Float64Array(300)).parameters.omega)).toBe(true);
  });
});

describe('empirical tail', () => {
  it('by hand, with a part of an observation', () => {
    const sorted = Float64Array.of(-5, -3, -2, 0, 1);
    expect(empiricalTail(sorted, 0.5)).toEqual({ quantile: -2, mean: (-5 - 3 + 0.5 * -2) / 2.5 });
    expect(empiricalTail(sorted, 0.01)).toEqual({ quantile: -5, mean: -5 });
    expect(empiricalCdf(sorted, -3)).toBeCloseTo(2 / 6, 12);
    expect(empiricalCdf(sorted, -99)).toBeGreaterThan(0);
    expect(empiricalCdf(sorted, 99)).toBeLessThan(1);
  });
});

describe('the four peers', () => {
  const returns = simulateGjr(1500, 4);
  const fitted = (): Forecaster[] => {
    const peers = createPeers();
    for (const peer of peers) peer.fit(seriesOf(returns));
    return peers;
  };

  it.each(['hist', 'ewma', 'mle', 'fhs'])(
    '%s: quantiles are ordered, ES lies beyond VaR, cdf inverts',
    (name) => {
      const peer = fitted().find((one) => one.name === name)!;
      const quantile = new Float64Array(3);
      const mean = new Float64Array(3);
      peer.tail([0.05, 0.025, 0.01], quantile, mean);
      expect(quantile[0]!).toBeGreaterThan(quantile[1]!);
      expect(quantile[1]!).toBeGreaterThan(quantile[2]!);
      for (let level = 0; level < 3; level++) {
        expect(mean[level]!).toBeLessThan(quantile[level]!);
        expect(peer.cdf(quantile[level]!)).toBeCloseTo([0.05, 0.025, 0.01][level]!, 2);
      }
    },
  );

  it.each(['hist', 'ewma', 'mle', 'fhs'])('%s: fit forgets what was before', (name) => {
    const [fresh, used] = [fitted(), fitted()].map((peers) => peers.find((one) => one.name === name)!);
    for (const value of simulateGjr(50, 9))
      used!.observe({ openTimeMs: 0, logReturn: 5 * value, realisedVariance: Number.NaN, elapsedBars: 1 });
    used!.fit(seriesOf(returns));
    expect(used!.cdf(-0.01)).toBe(fresh!.cdf(-0.01));
  });

  it.each(['ewma', 'mle'])('%s: the exponential tail mean agrees with a plain sum over quantiles', (name) => {
    const peer = fitted().find((one) => one.name === name)!;
    const quantile = new Float64Array(1);
    let sum = 0;
    const cells = 4000;
    for (let i = 0; i < cells; i++) {
      peer.tail([(0.025 * (i + 0.5)) / cells], quantile, new Float64Array(1));
      sum += Math.exp(quantile[0]!) / cells;
    }
    expect(peer.expTailMean(0.025)).toBeCloseTo(sum, 5);
  });

  it('EWMA follows its recursion', () => {
    const peer = createPeers().find(({ name }) => name === 'ewma')!;
    peer.fit(seriesOf(Float64Array.of(0.01, -0.01)));
    peer.observe({ openTimeMs: 0, logReturn: 0.03, realisedVariance: Number.NaN, elapsedBars: 1 });
    const quantile = new Float64Array(1);
    peer.tail([0.01], quantile, new Float64Array(1));
    expect(quantile[0]).toBeCloseTo(normalQuantile(0.01) * Math.sqrt(0.94 * 1e-4 + 0.06 * 9e-4), 12);
  });
});

describe('exponential tail mean', () => {
  it('agrees with the closed form of the normal law, near and far', () => {
    for (const scale of [0.002, 0.05, 0.4]) {
      const quantile = scale * normalQuantile(0.01);
      const exact = (Math.exp(scale ** 2 / 2) * normalCdf(normalQuantile(0.01) - scale)) / 0.01;
      expect(expTailMeanOf((x) => normalCdf(x / scale), 0.01, quantile, scale)).toBeCloseTo(exact, 6);
    }
  });
});
