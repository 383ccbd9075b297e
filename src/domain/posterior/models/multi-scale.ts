/**
 * Variance linear in averages of the realised variance over four half-lives (1, 5, 40, 200 bars), the two
 * shortest split by the sign of the return: a heterogeneous autoregression (Corsi 2009) without a recursion.
 *   h' = omega + pi (w1 A1 + w5 A5 + w40 A40 + w200 A200),  A = (1 + q) down + (1 - q) up for the short two;
 *   omega = s2 (1 - pi), the four shares w by a softmax.
 */
import { LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '../cloud.ts';
import { logistic } from '../logistic.ts';
import { setLaw } from '../skewed-student.ts';
import { BLOCK, type VolatilityModel } from '../volatility-model.ts';

const OMEGA = OWN;
const DOWN1 = OWN + 1;
const UP1 = OWN + 2;
const DOWN5 = OWN + 3;
const UP5 = OWN + 4;
const MONTH = OWN + 5;
const LONG = OWN + 6;

export const multiScale: VolatilityModel = {
  id: 'multi-scale',
  parameters: [
    'lnVariance',
    'logitPersistence',
    'share1',
    'share5',
    'share200',
    'logitAsymmetry',
    'lnNuMinus2',
    'mean',
    'lnSkew',
  ],
  prior: { mean: [0, 2.5, -1, 0, -0.5, 0, 1.1, 0, 0], sd: [1, 1, 1, 1, 1, 1, 0.7, 0.05, 0.15] },

  constrain(theta, at, cloud, i, startVariance) {
    const { natural, size } = cloud;
    setLaw(cloud, i, theta[at + 7]!, theta[at + 6]!, theta[at + 8]!);
    const persistence = logistic(theta[at + 1]!);
    const odds1 = Math.exp(theta[at + 2]!);
    const odds5 = Math.exp(theta[at + 3]!);
    const odds200 = Math.exp(theta[at + 4]!);
    const unit = persistence / (1 + odds1 + odds5 + odds200);
    const asymmetry = 2 * logistic(theta[at + 5]!) - 1;
    const level = Math.exp(theta[at]!);
    natural[OMEGA * size + i] = level * logistic(-theta[at + 1]!);
    natural[DOWN1 * size + i] = unit * odds1 * (1 + asymmetry);
    natural[UP1 * size + i] = unit * odds1 * (1 - asymmetry);
    natural[DOWN5 * size + i] = unit * odds5 * (1 + asymmetry);
    natural[UP5 * size + i] = unit * odds5 * (1 - asymmetry);
    natural[MONTH * size + i] = unit;
    natural[LONG * size + i] = unit * odds200;
    cloud.variance[i] = startVariance > 0 ? startVariance : level;
  },

  filter(cloud, first, last, bars, from, to, blockWeight, out) {
    const { natural, size } = cloud;
    const { y, down1, up1, down5, up5, average40, average200 } = bars;
    for (let i = first; i < last; i++) {
      const mu = natural[MU * size + i]!;
      const nu = natural[NU * size + i]!;
      const constant = natural[LN_CONSTANT * size + i]!;
      const even = 0.5 * (natural[RIGHT * size + i]! + natural[LEFT * size + i]!);
      const odd = 0.5 * (natural[RIGHT * size + i]! - natural[LEFT * size + i]!);
      const omega = natural[OMEGA * size + i]!;
      const d1 = natural[DOWN1 * size + i]!;
      const u1 = natural[UP1 * size + i]!;
      const d5 = natural[DOWN5 * size + i]!;
      const u5 = natural[UP5 * size + i]!;
      const month = natural[MONTH * size + i]!;
      const long = natural[LONG * size + i]!;
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
          const short = d1 * down1[t]! + u1 * up1[t]! + d5 * down5[t]! + u5 * up5[t]!;
          h = omega + short + month * average40[t]! + long * average200[t]!;
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
    return (
      natural[OMEGA * size + i]! +
      natural[DOWN1 * size + i]! * bars.down1[at]! +
      natural[UP1 * size + i]! * bars.up1[at]! +
      natural[DOWN5 * size + i]! * bars.down5[at]! +
      natural[UP5 * size + i]! * bars.up5[at]! +
      natural[MONTH * size + i]! * bars.average40[at]! +
      natural[LONG * size + i]! * bars.average200[at]!
    );
  },
};
