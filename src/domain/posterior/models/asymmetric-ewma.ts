/**
 * Asymmetric exponentially weighted moving average with Student tails, after Alexander and Dakos (2023):
 *   h' = lambda h + (1 - lambda) e (1 + zeta sign(mu - y)),  e = min((y - mu)^2, CAP h).
 * No level to return to: the member that follows a drifting market. The cap keeps one crash from ruling it.
 */
import { LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '../cloud.ts';
import { logistic } from '../logistic.ts';
import { setLaw } from '../skewed-student.ts';
import { BLOCK, type VolatilityModel } from '../volatility-model.ts';

const KEEP = OWN;
const NEWS_UP = OWN + 1;
const NEWS_DOWN = OWN + 2;
/** A squared move above this many variances is no news of the variance to come (Boudt et al. 2013). */
const CAP = 12;

export const asymmetricEwma: VolatilityModel = {
  id: 'asymmetric-ewma',
  parameters: ['logitLambda', 'zeta', 'lnNuMinus2', 'mean', 'lnSkew', 'lnStart'],
  prior: { mean: [3.2, 0.2, 1.1, 0, 0, 0], sd: [0.6, 0.2, 0.7, 0.05, 0.15, 0.5] },

  constrain(theta, at, cloud, i, startVariance) {
    const { natural, size } = cloud;
    setLaw(cloud, i, theta[at + 3]!, theta[at + 2]!, theta[at + 4]!);
    const share = logistic(-theta[at]!);
    const zeta = Math.max(-0.99, Math.min(0.99, theta[at + 1]!));
    natural[KEEP * size + i] = 1 - share;
    natural[NEWS_UP * size + i] = share * (1 - zeta);
    natural[NEWS_DOWN * size + i] = share * (1 + zeta);
    cloud.variance[i] = Math.exp(theta[at + 5]!) * (startVariance > 0 ? startVariance : 1);
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
      const keep = natural[KEEP * size + i]!;
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
          const news = evenNews * square + oddNews * signed;
          h = keep * h + (square > CAP * h ? (news * CAP * h) / square : news);
        }
        const logs = nu * Math.log(variances) - (nu + 1) * Math.log(arguments_);
        total += blockWeight[block]! * (count * constant + 0.5 * logs);
      }
      cloud.variance[i] = h;
      out[i] = total;
    }
  },

  next(cloud, i, bars, at) {
    const { natural, size, variance } = cloud;
    const deviation = bars.y[at]! - natural[MU * size + i]!;
    const h = variance[i]!;
    const news = natural[(deviation < 0 ? NEWS_DOWN : NEWS_UP) * size + i]!;
    return natural[KEEP * size + i]! * h + news * Math.min(deviation * deviation, CAP * h);
  },
};
