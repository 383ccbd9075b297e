/**
 * The fit against published benchmarks and high-precision reruns of them: likelihoods at given parameters, log
 * evidence, posterior means and spreads, next-day risk. Data: DEM/GBP 1984-1991 and the Swiss Market Index
 * 1990-2000, percent returns, and posteriordb's simulated GARCH(1,1).
 *
 * Not here, for no code of ours could fail them: the Markov-switching values of MSGARCH (the pool has no
 * switching member) and the joint likelihood of Realized GARCH (the pool's realised members take the measure
 * as given and have no measurement equation).
 */
import { describe, expect, it } from 'vitest';
import { createCloud, LN_CONSTANT, NU, OWN, SCALE_RATIO } from '#domain/posterior/cloud.ts';
import { blockWeights } from '#domain/posterior/fit-model.ts';
import { createMixtureLaw } from '#domain/posterior/mixture-law.ts';
import { gjr } from '#domain/posterior/models/gjr.ts';
import { scoreDriven } from '#domain/posterior/models/score-driven.ts';
import { setLaw } from '#domain/posterior/skewed-student.ts';
import type { VolatilityModel } from '#domain/posterior/volatility-model.ts';
import { lnGamma } from '#math/special-functions.ts';
import { GARCH11_REFERENCE, GARCH11_SERIES } from '../support/garch11-series.ts';
import {
  ardiaBase,
  ardiaModel,
  ardiaTilt,
  DEM,
  garch11Base,
  garch11Model,
  garch11Tilt,
  moments,
  oracleFit,
  oracleGjr,
  oracleReturns,
  priorP1,
  SMI,
} from '../support/oracle-models.ts';
import { plainBars } from '../support/standard-market.ts';

const dem = oracleReturns(DEM);
const smi = oracleReturns(SMI);
const scorePrior = (delta: number) => ({
  mean: [delta, 3.5, Math.log(0.05), 0, 1.1, 0, 0],
  sd: [0.5, 1, 0.7, 0.05, 0.7, 0, 0],
});
const slot = (cloud: { natural: Float64Array; size: number }, k: number) => (i: number) =>
  cloud.natural[k * cloud.size + i]!;

describe.skipIf(dem === undefined || smi === undefined)('published benchmarks', () => {
  it('the normal GARCH likelihood at the benchmark estimates of DEM/GBP', () => {
    // Fiorentini, Calzolari and Panattoni: log L = -1106.60788104129 with h_0 = e_0^2 = SSR(mu) / T.
    const mu = -0.0061904084;
    const bars = plainBars(dem!.map((y) => y - mu));
    const mean = bars.x.reduce((sum, x) => sum + x, 0) / bars.length;
    const cloud = createCloud(1);
    setLaw(cloud, 0, 0, Math.log(400), 0);
    const nu = 1e7;
    const constant = -0.5 * Math.log(2 * Math.PI);
    cloud.natural.set([0, nu, 1, constant, 1 / (nu - 2), 1 / (nu - 2)]);
    cloud.natural.set([0.0107613979, 0.80597367, 0.15313406, 0.15313406, 0, 0], OWN);
    cloud.variance[0] = 0.0107613979 + (0.15313406 + 0.80597367) * mean;
    const out = new Float64Array(1);
    gjr.filter(cloud, 0, 1, bars, 0, bars.length, blockWeights(bars.length, 1), out);
    expect(out[0]).toBeCloseTo(-1106.60788, 2);
  });

  it.each([
    ['DEM/GBP GARCH-t', gjr, priorP1(Math.log(0.25), false), 'dem', -998.1595],
    ['DEM/GBP GJR-t', oracleGjr, priorP1(Math.log(0.25), true), 'dem', -998.1431],
    ['SMI GARCH-t', gjr, priorP1(0, false), 'smi', -3405.173],
    ['SMI GJR-t', oracleGjr, priorP1(0, true), 'smi', -3390.624],
    ['DEM/GBP Beta-t-EGARCH', scoreDriven, scorePrior(-1), 'dem', -997.704],
    ['SMI Beta-t-EGARCH', scoreDriven, scorePrior(-0.2), 'smi', -3381.54],
  ] as const)('log evidence of %s is within 0.04', (_, model, prior, data, expected) => {
    const fit = oracleFit(model, prior, data === 'dem' ? dem! : smi!, 1);
    expect(Math.abs(fit.logEvidence - expected)).toBeLessThan(0.04);
    expect(fit.paretoK).toBeLessThan(0.7);
    expect(fit.ess).toBeGreaterThan(0.4 * 4096);
    expect(fit.fallback).toBe(false);
  });

  it('evidence along the way: 50 to 1000 bars of DEM/GBP', () => {
    for (const [length, expected] of [
      [50, -20.306],
      [100, -43.53],
      [250, -120.993],
      [500, -294.571],
      [1000, -640.295],
    ] as const) {
      const fit = oracleFit(gjr, priorP1(Math.log(0.25), false), dem!.slice(0, length), 2);
      expect(Math.abs(fit.logEvidence - expected)).toBeLessThan(0.05);
    }
  });

  it.each([
    ['SMI GARCH-t', 'smi', [0.030335, 0.094308, 0, 0.878091, 7.9515], -3398.626, -3396.511],
    ['SMI GJR-t', 'smi', [0.042056, 0.041355, 0.12306, 0.862006, 8.4065], -3382.617, -3380.561],
    ['DEM/GBP GARCH-t', 'dem', [0.0026648, 0.1024013, 0, 0.8873379, 4.70264], -992.142, -992.058],
  ] as const)("the likelihood at MSGARCH's one-state estimates: %s", (_, data, at, whole, published) => {
    const [omega, alpha, gamma, beta, nu] = at;
    const bars = plainBars(data === 'dem' ? dem! : smi!);
    const cloud = createCloud(1);
    const constant = lnGamma((nu + 1) / 2) - lnGamma(nu / 2) - 0.5 * Math.log(Math.PI * (nu - 2));
    cloud.natural.set([0, nu, 1, constant, 1 / (nu - 2), 1 / (nu - 2)]);
    cloud.natural.set([omega, beta, alpha, alpha + gamma], OWN);
    cloud.variance[0] = omega / (1 - alpha - gamma / 2 - beta);
    const out = new Float64Array(1);
    gjr.filter(cloud, 0, 1, bars, 0, 1, blockWeights(1, 1), out);
    const first = out[0]!;
    gjr.filter(cloud, 0, 1, bars, 1, bars.length, blockWeights(bars.length - 1, 1), out);
    expect(Math.abs(first + out[0]! - whole)).toBeLessThan(0.01);
    // The package leaves the first observation out of its sum.
    expect(Math.abs(out[0]! - published)).toBeLessThan(0.01);
  });

  it('posterior means of the GJR-t on the Swiss Market Index within 4 Monte-Carlo errors', () => {
    const { cloud, ess } = oracleFit(oracleGjr, priorP1(0, true), smi!, 3);
    const near = (value: { mean: number; sd: number }, mean: number) =>
      expect(Math.abs(value.mean - mean)).toBeLessThan((4 * value.sd) / Math.sqrt(ess) + 1e-4 * mean);
    near(moments(cloud, slot(cloud, OWN)), 0.03991);
    near(moments(cloud, slot(cloud, OWN + 1)), 0.86603);
    near(moments(cloud, slot(cloud, OWN + 2)), 0.04324);
    near(moments(cloud, slot(cloud, NU)), 8.152);
    near(
      moments(cloud, (i) => cloud.variance[i]!),
      1.1767,
    );
  });

  it('next-day VaR and ES of DEM/GBP GARCH-t with their credible interval within 1 %', () => {
    const { cloud } = oracleFit(gjr, priorP1(Math.log(0.25), false), dem!, 4);
    const column = (value: (i: number) => number) =>
      Float64Array.from({ length: cloud.size }, (_, i) => value(i));
    const scale = column((i) => Math.sqrt(cloud.variance[i]!) * slot(cloud, SCALE_RATIO)(i));
    const law = createMixtureLaw({
      size: cloud.size,
      weight: cloud.weight,
      location: new Float64Array(cloud.size),
      scale,
      nu: column(slot(cloud, NU)),
      skew: new Float64Array(cloud.size).fill(1),
      model: new Uint8Array(cloud.size),
    });
    for (const [p, valueAtRisk, shortfall] of [
      [0.01, 0.9054, 1.2119],
      [0.025, 0.6873, 0.9514],
      [0.05, 0.5365, 0.777],
    ] as const) {
      expect(Math.abs(-law.quantile(p) / valueAtRisk - 1)).toBeLessThan(0.01);
      expect(Math.abs(law.expectedShortfall(p) / shortfall - 1)).toBeLessThan(0.01);
    }
  });

  it('the published Bayesian GARCH-t of the first 750 returns, and a lost Jacobian shows', () => {
    const expected = [
      [OWN, 0.03534],
      [OWN + 2, 0.2427],
      [OWN + 1, 0.682],
      [NU, 6.035],
    ] as const;
    const distances = (withJacobian: boolean) => {
      const fit = oracleFit(ardiaModel, ardiaBase, dem!.slice(0, 750), 5, 4096, ardiaTilt(withJacobian));
      return expected.map(([k, mean]) => {
        const found = moments(fit.cloud, slot(fit.cloud, k));
        return (Math.abs(found.mean - mean) / found.sd) * Math.sqrt(fit.ess);
      });
    };
    expect(Math.max(...distances(true))).toBeLessThan(5);
    expect(Math.max(...distances(false))).toBeGreaterThan(8);
  });

  it.each([
    ['the law is not scaled to unit variance', LN_CONSTANT, 0.3],
    ['the sign of the asymmetry is flipped', -1, 0],
    ['the start is ten times off', -2, 0],
  ] as const)('a planted fault is seen in the evidence: %s', (_, place, shift) => {
    const mutated: VolatilityModel = {
      ...oracleGjr,
      constrain(theta, at, cloud, i, startVariance) {
        oracleGjr.constrain(theta, at, cloud, i, startVariance);
        const { natural, size } = cloud;
        if (place >= 0) natural[place * size + i]! += shift;
        else if (place === -1) {
          const up = natural[(OWN + 2) * size + i]!;
          natural[(OWN + 2) * size + i] = natural[(OWN + 3) * size + i]!;
          natural[(OWN + 3) * size + i] = up;
        } else cloud.variance[i]! *= 10;
      },
    };
    const fit = oracleFit(mutated, priorP1(0, true), smi!, 6);
    expect(Math.abs(fit.logEvidence + 3390.624)).toBeGreaterThan(0.4);
  });

  it('data in other units move the evidence by the Jacobian and nothing else', () => {
    const c = 3;
    const scaled = oracleFit(
      gjr,
      priorP1(Math.log(0.25 * c * c), false),
      dem!.map((y) => c * y),
      1,
    );
    expect(Math.abs(scaled.logEvidence + 998.1595 + dem!.length * Math.log(c))).toBeLessThan(0.04);
  });
});

describe("posteriordb's reference posterior of garch-garch11", () => {
  /** Distances of means and second moments in joint Monte-Carlo errors: the reference's and our own. */
  function distances(withJacobian: boolean): number[] {
    const fit = oracleFit(garch11Model, garch11Base, GARCH11_SERIES, 8, 8192, garch11Tilt(withJacobian));
    const places = { mu: 0, alpha0: OWN, alpha1: OWN + 2, beta1: OWN + 1 };
    return Object.entries(places).flatMap(([name, place]) => {
      const reference = GARCH11_REFERENCE[name as keyof typeof places];
      const value = slot(fit.cloud, place);
      const first = moments(fit.cloud, value);
      const second = moments(fit.cloud, (i) => value(i) ** 2);
      // The reference's draws are as independent for the squares as for the values themselves.
      const draws = (first.sd / reference.error) ** 2;
      const error = (sd: number): number => sd * Math.sqrt(1 / fit.ess + 1 / draws);
      return [
        Math.abs(first.mean - reference.mean) / error(first.sd),
        Math.abs(second.mean - reference.second) / error(second.sd),
      ];
    });
  }

  it('means and second moments within four Monte-Carlo errors; a lost Jacobian shows', () => {
    const found = distances(true);
    console.log(`in Monte-Carlo errors: ${found.map((one) => one.toFixed(2)).join(' ')}`);
    expect(Math.max(...found)).toBeLessThan(4);
    expect(Math.max(...distances(false))).toBeGreaterThan(8);
  });
});
