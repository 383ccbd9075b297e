/**
 * GJR-GARCH (Glosten, Jagannathan and Runkle 1993), with and without a realised measure:
 *   h' = omega + beta h + news(sign) ((1 - rho) (y - mu)^2 + rho x),  news = pi s (1 - q) or pi s (1 + q)
 * for y above or below mu; pi = beta + mean news is the persistence, s the share of news, q in (-1, 1) the
 * asymmetry, rho the weight of the realised variance x (0 in the plain model), omega = s2 (1 - pi).
 */
import type { Cloud } from '../cloud.ts';
import { LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '../cloud.ts';
import { logistic } from '../logistic.ts';
import { setLaw } from '../skewed-student.ts';
import type { StandardBars } from '../standard-bars.ts';
import { BLOCK, type VolatilityModel } from '../volatility-model.ts';

const OMEGA = OWN;
const BETA = OWN + 1;
const NEWS_UP = OWN + 2;
const NEWS_DOWN = OWN + 3;
const REALISED = OWN + 4;

function constrainRecursion(
  theta: Float64Array,
  at: number,
  cloud: Cloud,
  i: number,
  rho: number,
  startVariance: number,
): void {
  const { natural, size } = cloud;
  const level = Math.exp(theta[at]!);
  const persistence = logistic(theta[at + 1]!);
  const news = persistence * logistic(theta[at + 2]!);
  const asymmetry = 2 * logistic(theta[at + 3]!) - 1;
  natural[OMEGA * size + i] = level * logistic(-theta[at + 1]!);
  natural[BETA * size + i] = persistence - news;
  natural[NEWS_UP * size + i] = news * (1 - asymmetry);
  natural[NEWS_DOWN * size + i] = news * (1 + asymmetry);
  natural[REALISED * size + i] = rho;
  cloud.variance[i] = startVariance > 0 ? startVariance : level;
}

function filter(
  cloud: Cloud,
  first: number,
  last: number,
  bars: StandardBars,
  from: number,
  to: number,
  blockWeight: Float64Array,
  out: Float64Array,
): void {
  const { natural, size } = cloud;
  const { y, x } = bars;
  for (let i = first; i < last; i++) {
    const mu = natural[MU * size + i]!;
    const nu = natural[NU * size + i]!;
    const constant = natural[LN_CONSTANT * size + i]!;
    const right = natural[RIGHT * size + i]!;
    const left = natural[LEFT * size + i]!;
    const omega = natural[OMEGA * size + i]!;
    const beta = natural[BETA * size + i]!;
    const up = natural[NEWS_UP * size + i]!;
    const down = natural[NEWS_DOWN * size + i]!;
    const rho = natural[REALISED * size + i]!;
    let h = cloud.variance[i]!;
    let total = 0;
    for (let t = from, block = 0; t < to; block++) {
      const end = Math.min(t + BLOCK, to);
      const count = end - t;
      let variances = 1;
      let arguments_ = 1;
      for (; t < end; t++) {
        const deviation = y[t]! - mu;
        const square = deviation * deviation;
        const below = deviation < 0;
        variances *= h;
        arguments_ *= h + (below ? left : right) * square;
        h = omega + beta * h + (below ? down : up) * (square + rho * (x[t]! - square));
      }
      const logs = nu * Math.log(variances) - (nu + 1) * Math.log(arguments_);
      total += blockWeight[block]! * (count * constant + 0.5 * logs);
    }
    cloud.variance[i] = h;
    out[i] = total;
  }
}

function next(cloud: Cloud, i: number, bars: StandardBars, at: number): number {
  const { natural, size } = cloud;
  const deviation = bars.y[at]! - natural[MU * size + i]!;
  const square = deviation * deviation;
  const news = natural[(deviation < 0 ? NEWS_DOWN : NEWS_UP) * size + i]!;
  const mixed = square + natural[REALISED * size + i]! * (bars.x[at]! - square);
  return natural[OMEGA * size + i]! + natural[BETA * size + i]! * cloud.variance[i]! + news * mixed;
}

const LAW = ['lnNuMinus2', 'mu', 'lnSkew'] as const;
const RECURSION = ['lnVariance', 'logitPersistence', 'logitNews', 'logitAsymmetry'] as const;

export const gjr: VolatilityModel = {
  id: 'gjr',
  parameters: [...RECURSION, ...LAW],
  prior: { mean: [0, 3.5, -2.2, 0, 1.1, 0, 0], sd: [1, 1, 0.8, 1, 0.7, 0.05, 0.1] },
  constrain(theta, at, cloud, i, startVariance) {
    setLaw(cloud, i, theta[at + 5]!, theta[at + 4]!, theta[at + 6]!);
    constrainRecursion(theta, at, cloud, i, 0, startVariance);
  },
  filter,
  next,
};

export const realisedGjr: VolatilityModel = {
  id: 'realised-gjr',
  parameters: [...RECURSION, ...LAW, 'logitRealised'],
  prior: { mean: [0, 3.5, -1.2, 0, 1.1, 0, 0, 1], sd: [1, 1, 1, 1, 0.7, 0.05, 0.1, 1.5] },
  constrain(theta, at, cloud, i, startVariance) {
    setLaw(cloud, i, theta[at + 5]!, theta[at + 4]!, theta[at + 6]!);
    constrainRecursion(theta, at, cloud, i, logistic(theta[at + 7]!), startVariance);
  },
  filter,
  next,
};
