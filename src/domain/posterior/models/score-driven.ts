/**
 * Beta-t-EGARCH with leverage (Harvey and Chakravarty 2008): the score of the Student-t drives the log scale,
 * so that one outlier moves it by a bounded step.
 *   lambda' = delta (1 - phi) + phi lambda + kappa u + kappaStar sign(mu - y) (u + 1),
 *   u = (nu + 1) b - 1,  b = a / (h + a) with a the density's argument (skewed-student.ts).
 * lambda is the log scale of the t law; here 2 lambda is carried as ln h less a constant of the particle.
 */

import { fastExp } from '#math/fast-exp.ts';
import { fastLog } from '#math/fast-log.ts';
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
/** Particles that run side by side: each waits on its own exponential, together they keep the core busy. */
const TILE = 32;

export const scoreDriven: VolatilityModel = {
  id: 'score-driven',
  parameters: ['delta', 'logitPhi', 'lnKappa', 'kappaStar', 'lnNuMinus2', 'mean', 'lnSkew'],
  prior: {
    mean: [-0.3, 3.5, Math.log(0.05), 0, 1.1, 0, 0],
    sd: [0.5, 1, 0.7, 0.05, 0.7, 0.05, 0.15],
  },

  constrain(theta, at, cloud, i, startVariance) {
    const { natural, size } = cloud;
    setLaw(cloud, i, theta[at + 5]!, theta[at + 4]!, theta[at + 6]!);
    const phi = logistic(theta[at + 1]!);
    const kappa = Math.exp(theta[at + 2]!);
    const leverage = theta[at + 3]!;
    const lnLevel = 2 * (theta[at]! - Math.log(natural[SCALE_RATIO * size + i]!));
    const reach = 2 * (natural[NU * size + i]! + 1);
    natural[PHI * size + i] = phi;
    natural[STEP_UP * size + i] = reach * (kappa - leverage);
    natural[STEP_DOWN * size + i] = reach * (kappa + leverage);
    natural[DRIFT * size + i] = lnLevel * logistic(-theta[at + 1]!) - 2 * kappa;
    cloud.variance[i] = startVariance > 0 ? startVariance : Math.exp(lnLevel);
  },

  filter(cloud, first, last, bars, from, to, blockWeight, out) {
    const tile = {
      lnH: new Float64Array(TILE),
      sum: new Float64Array(TILE),
      product: new Float64Array(TILE),
    };
    for (let start = first; start < last; start += TILE) {
      const end = Math.min(start + TILE, last);
      out.fill(0, start, end);
      for (let i = start; i < end; i++) tile.lnH[i - start] = fastLog(cloud.variance[i]!);
      for (let t = from, block = 0; t < to; t += BLOCK, block++) {
        const stop = Math.min(t + BLOCK, to);
        filterBlock(cloud, start, end, bars.y, t, stop, tile);
        addBlock(cloud, start, end, stop - t, blockWeight[block]!, tile, out);
      }
    }
  },

  next(cloud, i, bars, at) {
    const { natural, size, variance } = cloud;
    const deviation = bars.y[at]! - natural[MU * size + i]!;
    const below = deviation < 0;
    const h = variance[i]!;
    const a = natural[(below ? LEFT : RIGHT) * size + i]! * deviation * deviation;
    const step = natural[(below ? STEP_DOWN : STEP_UP) * size + i]!;
    const lnH = natural[DRIFT * size + i]! + natural[PHI * size + i]! * fastLog(h) + (step * a) / (h + a);
    return fastExp(bound(lnH));
  },
};

interface Tile {
  readonly lnH: Float64Array;
  /** Of ln h, and the product of h + a, over the block at hand. */
  readonly sum: Float64Array;
  readonly product: Float64Array;
}

function bound(lnH: number): number {
  if (lnH > LARGEST_LN) return LARGEST_LN;
  if (lnH < -LARGEST_LN) return -LARGEST_LN;
  return lnH;
}

function filterBlock(
  cloud: Cloud,
  first: number,
  last: number,
  y: Float64Array,
  from: number,
  to: number,
  tile: Tile,
): void {
  const { natural, size, variance } = cloud;
  const { lnH, sum, product } = tile;
  sum.fill(0);
  product.fill(1);
  for (let t = from; t < to; t++) {
    const value = y[t]!;
    for (let i = first; i < last; i++) {
      const k = i - first;
      const deviation = value - natural[MU * size + i]!;
      const distance = Math.abs(deviation);
      const above = 0.5 * (distance + deviation);
      const below = distance - above;
      const up = natural[RIGHT * size + i]! * above * above;
      const down = natural[LEFT * size + i]! * below * below;
      const total = variance[i]! + (up + down);
      const push = natural[STEP_UP * size + i]! * up + natural[STEP_DOWN * size + i]! * down;
      const before = lnH[k]!;
      const after = bound(natural[DRIFT * size + i]! + natural[PHI * size + i]! * before + push / total);
      sum[k]! += before;
      product[k]! *= total;
      lnH[k] = after;
      variance[i] = fastExp(after);
    }
  }
}

function addBlock(
  cloud: Cloud,
  first: number,
  last: number,
  count: number,
  weight: number,
  tile: Tile,
  out: Float64Array,
): void {
  const { natural, size } = cloud;
  for (let i = first; i < last; i++) {
    const nu = natural[NU * size + i]!;
    const logs = nu * tile.sum[i - first]! - (nu + 1) * fastLog(tile.product[i - first]!);
    out[i]! += weight * (count * natural[LN_CONSTANT * size + i]! + 0.5 * logs);
  }
}
