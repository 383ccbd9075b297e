/** Fits of the published benchmarks: the same machinery under the oracle's own model and prior. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Cloud, OWN } from '#domain/posterior/cloud.ts';
import { type FittedModel, fitModel } from '#domain/posterior/fit-model.ts';
import { logistic, logit } from '#domain/posterior/logistic.ts';
import { gjr } from '#domain/posterior/models/gjr.ts';
import { setLaw } from '#domain/posterior/skewed-student.ts';
import { logPrior } from '#domain/posterior/student-proposal.ts';
import type { NormalPrior, VolatilityModel } from '#domain/posterior/volatility-model.ts';
import { createRandom } from '#math/random.ts';
import { GARCH11_START_SD } from './garch11-series.ts';
import { sharedPath } from './shared-data.ts';
import { plainBars } from './standard-market.ts';

export function oracleReturns(file: string): number[] | undefined {
  const path = sharedPath('data', 'market', 'classic', file);
  if (path === undefined) return undefined;
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n').slice(1);
  return lines.map((line) => Number(line.split(',')[1]));
}

export const DEM = 'dmbp-demgbp-returns-1984-1991.csv.gz';
export const SMI = 'smi-returns-1990-2000.csv.gz';

/** GJR with the asymmetry in (0, 1): the oracle's prior is on logit q, gamma / 2 = q pi s. */
export const oracleGjr: VolatilityModel = {
  ...gjr,
  constrain(theta, at, cloud, i, startVariance) {
    const own = theta.slice(at, at + 7);
    own[3] = logit((1 + logistic(own[3]!)) / 2);
    gjr.constrain(own, 0, cloud, i, startVariance);
  },
};

/** Prior P1 with mean and skew pinned to none. */
export function priorP1(lnLevel: number, withAsymmetry: boolean): NormalPrior {
  return { mean: [lnLevel, 3.5, -2.2, 0, 1.1, 0, 0], sd: [1, 1, 0.8, withAsymmetry ? 1 : 0, 0.7, 0, 0] };
}

export function oracleFit(
  model: VolatilityModel,
  prior: NormalPrior,
  returns: readonly number[],
  seed: number,
  particles = 4096,
  tilt?: (theta: Float64Array, at: number) => number,
): FittedModel {
  const bars = plainBars(returns);
  const request = { model, prior, bars, from: 0, to: bars.length, startVariance: Number.NaN, discount: 1 };
  const random = createRandom(seed);
  return fitModel({ ...request, particles, random, ...(tilt === undefined ? {} : { tilt }) });
}

/** Weighted mean and standard deviation of a function of one particle. */
export function moments(cloud: Cloud, value: (i: number) => number): { mean: number; sd: number } {
  let mean = 0;
  let square = 0;
  for (let i = 0; i < cloud.size; i++) {
    mean += cloud.weight[i]! * value(i);
    square += cloud.weight[i]! * value(i) ** 2;
  }
  return { mean, sd: Math.sqrt(Math.max(square - mean * mean, 0)) };
}

/**
 * Ardia and Hoogerheide (2010): zero mean, h_1 = alpha0, alphas and beta truncated N(0, 1000),
 * nu - 2 ~ Exp(0.01); theta holds ln alpha0, ln alpha1, ln beta, ln(nu - 2).
 */
export const ardiaModel: VolatilityModel = {
  ...gjr,
  id: 'garch-t',
  parameters: ['lnAlpha0', 'lnAlpha1', 'lnBeta', 'lnNuMinus2'],
  constrain(theta, at, cloud, i) {
    const { natural, size } = cloud;
    setLaw(cloud, i, 0, theta[at + 3]!, 0);
    natural[OWN * size + i] = Math.exp(theta[at]!);
    natural[(OWN + 1) * size + i] = Math.exp(theta[at + 2]!);
    natural[(OWN + 2) * size + i] = Math.exp(theta[at + 1]!);
    natural[(OWN + 3) * size + i] = Math.exp(theta[at + 1]!);
    cloud.variance[i] = Math.exp(theta[at]!);
  },
};
export const ardiaBase: NormalPrior = { mean: [-3.4, -1.4, -0.5, 1.4], sd: [1.5, 1, 0.7, 1] };

/** ln of the paper's prior over the normal base; without the Jacobian it is a mutation that tests must see. */
export function ardiaTilt(withJacobian: boolean): (theta: Float64Array, at: number) => number {
  return (theta, at) => {
    let sum = -logPrior(ardiaBase, theta, at);
    for (let k = 0; k < 3; k++) sum -= Math.exp(2 * theta[at + k]!) / 2000;
    sum -= 0.01 * Math.exp(theta[at + 3]!);
    if (withJacobian) for (let k = 0; k < 4; k++) sum += theta[at + k]!;
    return sum;
  };
}

/**
 * posteriordb's garch-garch11: normal, mean mu, sigma_1 given, flat on mu, alpha0 > 0 and the triangle
 * alpha1, beta1 > 0, alpha1 + beta1 < 1; theta holds mu, ln alpha0, logit alpha1, logit beta1 / (1 - alpha1).
 */
export const garch11Model: VolatilityModel = {
  ...gjr,
  id: 'garch-normal',
  parameters: ['mu', 'lnAlpha0', 'logitAlpha1', 'logitBeta1Share'],
  constrain(theta, at, cloud, i) {
    const { natural, size } = cloud;
    const alpha1 = logistic(theta[at + 2]!);
    const nu = 1e6;
    [theta[at]!, nu, 1, -0.5 * Math.log(2 * Math.PI), 1 / (nu - 2), 1 / (nu - 2), 1].forEach(
      (value, slot) => {
        natural[slot * size + i] = value;
      },
    );
    [Math.exp(theta[at + 1]!), (1 - alpha1) * logistic(theta[at + 3]!), alpha1, alpha1].forEach(
      (value, slot) => {
        natural[(OWN + slot) * size + i] = value;
      },
    );
    cloud.variance[i] = GARCH11_START_SD ** 2;
  },
};
export const garch11Base: NormalPrior = { mean: [5, 0.3, 0.3, -0.5], sd: [0.5, 1, 1, 1.5] };

/** ln of the flat prior over the normal base: the Jacobian of the transforms, that of alpha1 left out on request. */
export function garch11Tilt(withJacobian: boolean): (theta: Float64Array, at: number) => number {
  return (theta, at) => {
    const [a, b] = [theta[at + 2]!, theta[at + 3]!];
    const alpha = Math.log(logistic(a)) + 2 * Math.log(logistic(-a));
    const beta = Math.log(logistic(b)) + Math.log(logistic(-b));
    return theta[at + 1]! + (withJacobian ? alpha : 0) + beta - logPrior(garch11Base, theta, at);
  };
}
