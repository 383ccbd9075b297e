/**
 * GJR-GARCH whose news is a mix of the squared return and the realised variance x (HEAVY, Shephard and
 * Sheppard 2010, with asymmetry):
 *   h' = omega + beta h + news ((1 - rho) (y - mu)^2 + rho x),
 * news as in gjr.ts for the square, by the sign of y for x; rho in (0, 1) is the weight of x.
 */
import { LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '../cloud.ts';
import { logistic } from '../logistic.ts';
import { setLaw } from '../skewed-student.ts';
import { BLOCK, type VolatilityModel } from '../volatility-model.ts';
import { BETA, constrainRecursion, gjr, NEWS_DOWN, NEWS_UP, OMEGA } from './gjr.ts';

const REALISED_UP = OWN + 4;
const REALISED_DOWN = OWN + 5;

export const realisedGjr: VolatilityModel = {
  id: 'realised-gjr',
  parameters: [...gjr.parameters, 'logitRealised'],
  prior: { mean: [0, 3.5, -1.2, 0, 1.1, 0, 0, 1], sd: [1, 1, 1, 1, 0.7, 0.05, 0.15, 1.5] },

  constrain(theta, at, cloud, i, startVariance) {
    const { natural, size } = cloud;
    setLaw(cloud, i, theta[at + 5]!, theta[at + 4]!, theta[at + 6]!);
    constrainRecursion(theta, at, cloud, i, startVariance);
    const rho = logistic(theta[at + 7]!);
    for (const [news, realised] of [
      [NEWS_UP, REALISED_UP],
      [NEWS_DOWN, REALISED_DOWN],
    ] as const) {
      natural[realised * size + i] = rho * natural[news * size + i]!;
      natural[news * size + i]! *= 1 - rho;
    }
  },

  filter(cloud, first, last, bars, from, to, blockWeight, out) {
    const { natural, size } = cloud;
    const { y, xUp, xDown } = bars;
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
          const deviation = y[t]! - mu;
          const square = deviation * deviation;
          const signed = deviation * Math.abs(deviation);
          variances *= h;
          arguments_ *= h + (even * square + odd * signed);
          const realised = realisedUp * xUp[t]! + realisedDown * xDown[t]!;
          h = beta * h + (omega + realised + (evenNews * square + oddNews * signed));
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
    const realised =
      natural[REALISED_UP * size + i]! * bars.xUp[at]! + natural[REALISED_DOWN * size + i]! * bars.xDown[at]!;
    return gjr.next(cloud, i, bars, at) + realised;
  },
};
