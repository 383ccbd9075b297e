/**
 * The multi-scale model in logarithms of sizes: the log variance is linear in the logs of average root
 * realised variances (absolute returns where there is no realised measure) over 125, 25, 5 and 1 bars, each
 * against the next longer one, and in the share of falls among the last bars.
 *   ln h' = omega + b125 ln S125^2 + b25 ln(S25 / S125)^2 + b5 ln(S5* / S25)^2 + b1 ln(S1* / S25)^2 + leverage D,
 *   S5* = (S5 + S25 / 8) / (9 / 8),  S1* = (S1 + S25 / 4) / (5 / 4),  D = (down5 - up5) / S5* .
 * Sizes rather than squares, and a geometric mean of horizons: an outlier moves it little (Taylor 1986 on
 * absolute returns; Corsi 2009 on horizons). The stars keep a quiet bar's log finite.
 */
import { fastExp } from '#math/fast-exp.ts';
import type { Cloud } from '../cloud.ts';
import { LEFT, LN_CONSTANT, MU, NU, OWN, RIGHT } from '../cloud.ts';
import { setLaw } from '../skewed-student.ts';
import type { StandardBars } from '../standard-bars.ts';
import { BLOCK, type VolatilityModel } from '../volatility-model.ts';

const OMEGA = OWN;
const LONG = OWN + 1;
const MONTH = OWN + 2;
const WEEK = OWN + 3;
const SHORT = OWN + 4;
const LEVERAGE = OWN + 5;
const LARGEST_LN = 18;

function lnVariance(natural: Float64Array, size: number, i: number, bars: StandardBars, at: number): number {
  const lnH =
    natural[OMEGA * size + i]! +
    natural[LONG * size + i]! * bars.ln125[at]! +
    natural[MONTH * size + i]! * bars.ln25[at]! +
    natural[WEEK * size + i]! * bars.ln5[at]! +
    natural[SHORT * size + i]! * bars.ln1[at]! +
    natural[LEVERAGE * size + i]! * bars.falls[at]!;
  return bound(lnH);
}

function bound(lnH: number): number {
  if (lnH > LARGEST_LN) return LARGEST_LN;
  if (lnH < -LARGEST_LN) return -LARGEST_LN;
  return lnH;
}

function next(cloud: Cloud, i: number, bars: StandardBars, at: number): number {
  return fastExp(lnVariance(cloud.natural, cloud.size, i, bars, at));
}

export const logMultiScale: VolatilityModel = {
  id: 'log-multi-scale',
  parameters: ['omega', 'long', 'month', 'week', 'short', 'leverage', 'lnNuMinus2', 'mean', 'lnSkew'],
  prior: {
    mean: [0.4, 0.9, 0.8, 0.5, 0.2, 0.1, 1.1, 0, 0],
    sd: [0.5, 0.2, 0.25, 0.25, 0.15, 0.15, 0.7, 0.05, 0.15],
  },

  constrain(theta, at, cloud, i, startVariance) {
    const { natural, size } = cloud;
    setLaw(cloud, i, theta[at + 7]!, theta[at + 6]!, theta[at + 8]!);
    for (let k = 0; k < 6; k++) natural[(OMEGA + k) * size + i] = theta[at + k]!;
    cloud.variance[i] = startVariance > 0 ? startVariance : 1;
  },

  filter(cloud, first, last, bars, from, to, blockWeight, out) {
    const { natural, size } = cloud;
    const { y, ln125, ln25, ln5, ln1, falls } = bars;
    for (let i = first; i < last; i++) {
      const mu = natural[MU * size + i]!;
      const nu = natural[NU * size + i]!;
      const constant = natural[LN_CONSTANT * size + i]!;
      const even = 0.5 * (natural[RIGHT * size + i]! + natural[LEFT * size + i]!);
      const odd = 0.5 * (natural[RIGHT * size + i]! - natural[LEFT * size + i]!);
      const omega = natural[OMEGA * size + i]!;
      const long = natural[LONG * size + i]!;
      const month = natural[MONTH * size + i]!;
      const week = natural[WEEK * size + i]!;
      const short = natural[SHORT * size + i]!;
      const leverage = natural[LEVERAGE * size + i]!;
      let h = cloud.variance[i]!;
      let lnH = Math.log(h);
      let total = 0;
      for (let t = from, block = 0; t < to; block++) {
        const end = Math.min(t + BLOCK, to);
        const count = end - t;
        let sum = 0;
        let product = 1;
        for (; t < end; t++) {
          const deviation = y[t]! - mu;
          const square = deviation * deviation;
          const signed = deviation * Math.abs(deviation);
          sum += lnH;
          product *= h + (even * square + odd * signed);
          const far = omega + long * ln125[t]! + month * ln25[t]!;
          lnH = bound(far + (week * ln5[t]! + short * ln1[t]! + leverage * falls[t]!));
          h = fastExp(lnH);
        }
        const logs = nu * sum - (nu + 1) * Math.log(product);
        total += blockWeight[block]! * (count * constant + 0.5 * logs);
      }
      cloud.variance[i] = h;
      out[i] = total;
    }
  },

  next,
};
