/**
 * Constant scale: h = s2 for all bars. The dull member of the pool, best where a window shows no clustering.
 */
import { LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '../cloud.ts';
import { setLaw } from '../skewed-student.ts';
import { BLOCK, type VolatilityModel } from '../volatility-model.ts';

const LEVEL = OWN;

export const constantScale: VolatilityModel = {
  id: 'constant-scale',
  parameters: ['lnVariance', 'lnNuMinus2', 'mean', 'lnSkew'],
  prior: { mean: [0, 1.1, 0, 0], sd: [1, 0.7, 0.05, 0.15] },

  constrain(theta, at, cloud, i) {
    const level = Math.exp(theta[at]!);
    setLaw(cloud, i, theta[at + 2]!, theta[at + 1]!, theta[at + 3]!);
    cloud.natural[LEVEL * cloud.size + i] = level;
    cloud.variance[i] = level;
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
      const h = cloud.variance[i]!;
      const lnH = 0.5 * nu * Math.log(h);
      let total = 0;
      for (let t = from, block = 0; t < to; block++) {
        const end = Math.min(t + BLOCK, to);
        const bound = end - t;
        let product = 1;
        for (; t < end; t++) {
          const deviation = y[t]! - mu;
          const square = deviation * deviation;
          const signed = deviation * Math.abs(deviation);
          product *= h + (even * square + odd * signed);
        }
        total += blockWeight[block]! * (bound * (constant + lnH) - 0.5 * (nu + 1) * Math.log(product));
      }
      out[i] = total;
    }
  },

  next(cloud, i) {
    return cloud.variance[i]!;
  },
};
