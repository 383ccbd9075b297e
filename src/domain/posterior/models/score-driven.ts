/**
 * Beta-t-EGARCH with leverage (Harvey and Chakravarty 2008): the score of the Student-t drives the log scale,
 * so that one outlier moves it by a bounded step.
 *   lambda' = delta (1 - phi) + phi lambda + kappa u + kappaStar sign(mu - y) (u + 1),
 *   u = (nu + 1) b - 1,  b = a / (h + a) with a the density's argument (skewed-student.ts).
 * lambda is the log scale of the t law; here 2 lambda is carried as ln h less a constant of the particle.
 */
import { fastExp } from '#math/fast-exp.ts';
import type { Cloud } from '../cloud.ts';
import { LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT, SCALE_RATIO } from '../cloud.ts';
import { logistic } from '../logistic.ts';
import { setLaw } from '../skewed-student.ts';
import { BLOCK, type VolatilityModel } from '../volatility-model.ts';

const PHI = OWN;
const STEP_UP = OWN + 1;
const STEP_DOWN = OWN + 2;
const DRIFT = OWN + 3;
const LARGEST_LN = 18;

/** The step is steepness (nu + 1) b - kappa 2, with steepness = 2 (kappa +- kappaStar). */
function lnNext(lnH: number, b: number, step: number, drift: number, phi: number, nu: number): number {
  const moved = drift + phi * lnH + step * (nu + 1) * b;
  return Math.min(Math.max(moved, -LARGEST_LN), LARGEST_LN);
}

export const scoreDriven: VolatilityModel = {
  id: 'score-driven',
  parameters: ['delta', 'logitPhi', 'lnKappa', 'kappaStar', 'lnNuMinus2', 'mu', 'lnSkew'],
  prior: {
    mean: [-0.3, 3.5, Math.log(0.05), 0, 1.1, 0, 0],
    sd: [0.5, 1, 0.7, 0.05, 0.7, 0.05, 0.1],
  },

  constrain(theta, at, cloud, i, startVariance) {
    const { natural, size } = cloud;
    setLaw(cloud, i, theta[at + 5]!, theta[at + 4]!, theta[at + 6]!);
    const phi = logistic(theta[at + 1]!);
    const kappa = Math.exp(theta[at + 2]!);
    const leverage = theta[at + 3]!;
    const lnLevel = 2 * (theta[at]! - Math.log(natural[SCALE_RATIO * size + i]!));

    natural[PHI * size + i] = phi;
    natural[STEP_UP * size + i] = 2 * (kappa - leverage);
    natural[STEP_DOWN * size + i] = 2 * (kappa + leverage);
    natural[DRIFT * size + i] = lnLevel * logistic(-theta[at + 1]!) - 2 * kappa;
    cloud.variance[i] = startVariance > 0 ? startVariance : Math.exp(lnLevel);
  },

  filter(cloud, first, last, bars, from, to, blockWeight, out) {
    const { natural, size } = cloud;
    const { y } = bars;
    for (let i = first; i < last; i++) {
      const mu = natural[MU * size + i]!;
      const nu = natural[NU * size + i]!;
      const constant = natural[LN_CONSTANT * size + i]!;
      const right = natural[RIGHT * size + i]!;
      const left = natural[LEFT * size + i]!;
      const phi = natural[PHI * size + i]!;
      const up = natural[STEP_UP * size + i]!;
      const down = natural[STEP_DOWN * size + i]!;
      const drift = natural[DRIFT * size + i]!;
      let h = cloud.variance[i]!;
      let lnH = Math.log(h);
      let total = 0;
      for (let t = from, block = 0; t < to; block++) {
        const end = Math.min(t + BLOCK, to);
        const count = end - t;
        let sum = 0;
        let arguments_ = 1;
        for (; t < end; t++) {
          const deviation = y[t]! - mu;
          const below = deviation < 0;
          const a = (below ? left : right) * deviation * deviation;
          sum += lnH;
          arguments_ *= h + a;
          lnH = lnNext(lnH, a / (h + a), below ? down : up, drift, phi, nu);
          h = fastExp(lnH);
        }
        const logs = nu * sum - (nu + 1) * Math.log(arguments_);
        total += blockWeight[block]! * (count * constant + 0.5 * logs);
      }
      cloud.variance[i] = h;
      out[i] = total;
    }
  },

  next(cloud: Cloud, i, bars, at) {
    const { natural, size, variance } = cloud;
    const deviation = bars.y[at]! - natural[MU * size + i]!;
    const below = deviation < 0;
    const h = variance[i]!;
    const a = natural[(below ? LEFT : RIGHT) * size + i]! * deviation * deviation;
    const step = natural[(below ? STEP_DOWN : STEP_UP) * size + i]!;
    const { [DRIFT * size + i]: drift, [PHI * size + i]: phi, [NU * size + i]: nu } = natural;
    return fastExp(lnNext(Math.log(h), a / (h + a), step, drift!, phi!, nu!));
  },
};
