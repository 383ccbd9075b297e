/**
 * GJR-GARCH (Glosten, Jagannathan and Runkle 1993):
 *   h' = omega + beta h + news (y - mu)^2,  news = pi s (1 - q) above mu and pi s (1 + q) below,
 * with pi = beta + mean news the persistence, s the share of news, q in (-1, 1) the asymmetry and
 * omega = s2 (1 - pi). What differs above and below is written with d^2 and d |d|, d = y - mu, so that the
 * loop has no branch on a coin's toss.
 */
import type { Cloud } from '../cloud.ts';
import { LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '../cloud.ts';
import { logistic } from '../logistic.ts';
import { setLaw } from '../skewed-student.ts';
import { BLOCK, type VolatilityModel } from '../volatility-model.ts';

export const OMEGA = OWN;
export const BETA = OWN + 1;
export const NEWS_UP = OWN + 2;
export const NEWS_DOWN = OWN + 3;

/** The recursion's constants from ln s2, logit pi, logit s and logit (1 + q) / 2. */
export function constrainRecursion(
  theta: Float64Array,
  at: number,
  cloud: Cloud,
  i: number,
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
  cloud.variance[i] = startVariance > 0 ? startVariance : level;
}

export const gjr: VolatilityModel = {
  id: 'gjr',
  parameters: [
    'lnVariance',
    'logitPersistence',
    'logitNews',
    'logitAsymmetry',
    'lnNuMinus2',
    'mean',
    'lnSkew',
  ],
  prior: { mean: [0, 3.5, -2.2, 0, 1.1, 0, 0], sd: [1, 1, 0.8, 1, 0.7, 0.05, 0.15] },

  constrain(theta, at, cloud, i, startVariance) {
    setLaw(cloud, i, theta[at + 5]!, theta[at + 4]!, theta[at + 6]!);
    constrainRecursion(theta, at, cloud, i, startVariance);
  },

  filter(cloud, first, last, bars, from, to, blockWeight, out) {
    const { natural, size } = cloud;
    const { y } = bars;
    for (let i = first; i < last; i++) {
      const mu = natural[MU * size + i]!;
      const nu = natural[NU * size + i]!;
      const constant = natural[LN_CONSTANT * size + i]!;
      const even = 0.5 * (natural[RIGHT * size + i]! + natural[LEFT * size + i]!);
      const odd = 0.5 * (natural[RIGHT * size + i]! - natural[LEFT * size + i]!);
      const omega = natural[OMEGA * size + i]!;
      const beta = natural[BETA * size + i]!;
      const evenNews = 0.5 * (natural[NEWS_UP * size + i]! + natural[NEWS_DOWN * size + i]!);
      const oddNews = 0.5 * (natural[NEWS_UP * size + i]! - natural[NEWS_DOWN * size + i]!);
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
          const signed = deviation * Math.abs(deviation);
          variances *= h;
          arguments_ *= h + (even * square + odd * signed);
          h = beta * h + (omega + (evenNews * square + oddNews * signed));
        }
        const logs = nu * Math.log(variances) - (nu + 1) * Math.log(arguments_);
        total += blockWeight[block]! * (count * constant + 0.5 * logs);
      }
      cloud.variance[i] = h;
      out[i] = total;
    }
  },

  next(cloud, i, bars, at) {
    const { natural, size } = cloud;
    const deviation = bars.y[at]! - natural[MU * size + i]!;
    const news = natural[(deviation < 0 ? NEWS_DOWN : NEWS_UP) * size + i]! * deviation * deviation;
    return natural[OMEGA * size + i]! + natural[BETA * size + i]! * cloud.variance[i]! + news;
  },
};
