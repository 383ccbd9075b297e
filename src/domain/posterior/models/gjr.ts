/**
 * GJR-GARCH (Glosten, Jagannathan and Runkle 1993):
 *   h' = omega + beta h + news (y - mu)^2,  news = pi s (1 - q) above mu and pi s (1 + q) below,
 * with pi = beta + mean news the persistence, s the share of news, q in (-1, 1) the asymmetry and
 * omega = s2 (1 - pi). What differs above and below is written with d^2 and d |d|, d = y - mu, so that the
 * loop has no branch on a coin's toss.
 */
import { createLogBatch, takeLogs } from '#math/fast-log.ts';
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

/** mu, then what the density and the news do on either side of it, as half sums and half differences. */
const LAW = 7;
type Seven = [number, number, number, number, number, number, number];

function readLaw({ natural, size }: Cloud, i: number, out: Float64Array): void {
  const at = (slot: number): number => natural[slot * size + i]!;
  out[0] = at(MU);
  out[1] = 0.5 * (at(RIGHT) + at(LEFT));
  out[2] = 0.5 * (at(RIGHT) - at(LEFT));
  out[3] = at(OMEGA);
  out[4] = at(BETA);
  out[5] = 0.5 * (at(NEWS_UP) + at(NEWS_DOWN));
  out[6] = 0.5 * (at(NEWS_UP) - at(NEWS_DOWN));
}

/** The log likelihood of a run of bars, from the logarithms of its blocks' two products. */
function total(
  { natural, size }: Cloud,
  i: number,
  logs: Float64Array,
  offset: number,
  bars: number,
  blockWeight: Float64Array,
): number {
  const nu = natural[NU * size + i]!;
  const constant = natural[LN_CONSTANT * size + i]!;
  let sum = 0;
  for (let left = bars, block = 0, at = offset; left > 0; left -= BLOCK, block++, at += 4)
    sum +=
      blockWeight[block]! *
      (Math.min(left, BLOCK) * constant + 0.5 * (nu * logs[at]! - (nu + 1) * logs[at + 1]!));
  return sum;
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

  /** Two particles at a time: each waits for its own h of the bar before, and the other fills the wait. */
  filter(cloud, first, last, bars, from, to, blockWeight, out) {
    const { y } = bars;
    const a = new Float64Array(LAW);
    const b = new Float64Array(LAW);
    const blocks = Math.ceil((to - from) / BLOCK);
    const products = createLogBatch(4 * blocks);
    const { values } = products;
    for (let i = first; i < last; i += 2) {
      // The last of an odd number runs twice, to the same end.
      const j = Math.min(i + 1, last - 1);
      readLaw(cloud, i, a);
      readLaw(cloud, j, b);
      const [muA, evenA, oddA, omegaA, betaA, evenNewsA, oddNewsA] = a as unknown as Seven;
      const [muB, evenB, oddB, omegaB, betaB, evenNewsB, oddNewsB] = b as unknown as Seven;
      let hA = cloud.variance[i]!;
      let hB = cloud.variance[j]!;
      for (let t = from, at = 0; t < to; at += 4) {
        const end = Math.min(t + BLOCK, to);
        let variancesA = 1;
        let argumentsA = 1;
        let variancesB = 1;
        let argumentsB = 1;
        for (; t < end; t++) {
          const value = y[t]!;
          const deviationA = value - muA;
          const squareA = deviationA * deviationA;
          const signedA = deviationA * Math.abs(deviationA);
          variancesA *= hA;
          argumentsA *= hA + (evenA * squareA + oddA * signedA);
          hA = betaA * hA + (omegaA + (evenNewsA * squareA + oddNewsA * signedA));
          const deviationB = value - muB;
          const squareB = deviationB * deviationB;
          const signedB = deviationB * Math.abs(deviationB);
          variancesB *= hB;
          argumentsB *= hB + (evenB * squareB + oddB * signedB);
          hB = betaB * hB + (omegaB + (evenNewsB * squareB + oddNewsB * signedB));
        }
        values[at] = variancesA;
        values[at + 1] = argumentsA;
        values[at + 2] = variancesB;
        values[at + 3] = argumentsB;
      }
      takeLogs(products, 4 * blocks);
      cloud.variance[i] = hA;
      cloud.variance[j] = hB;
      out[i] = total(cloud, i, values, 0, to - from, blockWeight);
      out[j] = total(cloud, j, values, 2, to - from, blockWeight);
    }
  },

  next(cloud, i, bars, at) {
    const { natural, size } = cloud;
    const deviation = bars.y[at]! - natural[MU * size + i]!;
    const news = natural[(deviation < 0 ? NEWS_DOWN : NEWS_UP) * size + i]! * deviation * deviation;
    return natural[OMEGA * size + i]! + natural[BETA * size + i]! * cloud.variance[i]! + news;
  },
};
