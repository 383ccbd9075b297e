/**
 * GJR-GARCH (Glosten, Jagannathan and Runkle 1993), with and without a realised measure:
 *   h' = omega + beta h + news ((1 - rho) (y - mu)^2 + rho x),  news = pi s (1 - q) or pi s (1 + q)
 * for y above or below mu (for x: above or below 0); pi = beta + mean news is the persistence, s the share of news, q in (-1, 1) the
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
const REALISED_UP = OWN + 4;
const REALISED_DOWN = OWN + 5;

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
  natural[NEWS_UP * size + i] = (1 - rho) * news * (1 - asymmetry);
  natural[NEWS_DOWN * size + i] = (1 - rho) * news * (1 + asymmetry);
  natural[REALISED_UP * size + i] = rho * news * (1 - asymmetry);
  natural[REALISED_DOWN * size + i] = rho * news * (1 + asymmetry);
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
  const { y, xUp, xDown } = bars;
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
    const realisedUp = natural[REALISED_UP * size + i]!;
    const realisedDown = natural[REALISED_DOWN * size + i]!;
    let h = cloud.variance[i]!;
    let total = 0;
    for (let t = from, block = 0; t < to; block++) {
      const end = Math.min(t + BLOCK, to);
      const count = end - t;
      let variances = 1;
      let arguments_ = 1;
      for (; t < end; t++) {
        // Halved parts above and below instead of a branch on a coin's toss.
        const deviation = y[t]! - mu;
        const distance = Math.abs(deviation);
        const above = 0.5 * (distance + deviation);
        const below = distance - above;
        const squareAbove = above * above;
        const squareBelow = below * below;
        variances *= h;
        arguments_ *= h + (left * squareBelow + right * squareAbove);
        const realised = realisedUp * xUp[t]! + realisedDown * xDown[t]!;
        h = beta * h + (omega + realised + (up * squareAbove + down * squareBelow));
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
  const news = natural[(deviation < 0 ? NEWS_DOWN : NEWS_UP) * size + i]! * deviation * deviation;
  const realised =
    natural[REALISED_UP * size + i]! * bars.xUp[at]! + natural[REALISED_DOWN * size + i]! * bars.xDown[at]!;
  return natural[OMEGA * size + i]! + natural[BETA * size + i]! * cloud.variance[i]! + news + realised;
}

const LAW = ['lnNuMinus2', 'mean', 'lnSkew'] as const;
const RECURSION = ['lnVariance', 'logitPersistence', 'logitNews', 'logitAsymmetry'] as const;

export const gjr: VolatilityModel = {
  id: 'gjr',
  parameters: [...RECURSION, ...LAW],
  prior: { mean: [0, 3.5, -2.2, 0, 1.1, 0, 0], sd: [1, 1, 0.8, 1, 0.7, 0.05, 0.15] },
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
  prior: { mean: [0, 3.5, -1.2, 0, 1.1, 0, 0, 1], sd: [1, 1, 1, 1, 0.7, 0.05, 0.15, 1.5] },
  constrain(theta, at, cloud, i, startVariance) {
    setLaw(cloud, i, theta[at + 5]!, theta[at + 4]!, theta[at + 6]!);
    constrainRecursion(theta, at, cloud, i, logistic(theta[at + 7]!), startVariance);
  },
  filter,
  next,
};
