/**
 * How a freshly fitted model would have forecast the last bars of its window: log predictive scores of a
 * thinned cloud, so that the pool's weights after a fit follow from history alone.
 * Flow: FittedModel and StandardBars -> here -> averaging.
 */
import type { RandomStream } from '#math/random.ts';
import { type Cloud, createCloud } from './cloud.ts';
import type { FittedModel } from './fit-model.ts';
import { blockWeights } from './fit-model.ts';
import { resample } from './importance-weights.ts';
import { logDensities } from './skewed-student.ts';
import type { StandardBars } from './standard-bars.ts';
import type { VolatilityModel } from './volatility-model.ts';

/** Particles that stand for the cloud: enough for a log score to two digits. */
const THINNED = 48;

/** Fills scores[t - from] with the log score of y at bars [from, to), having filtered from `start`. */
export function recentScores(
  model: VolatilityModel,
  fitted: FittedModel,
  bars: StandardBars,
  range: {
    readonly start: number;
    readonly from: number;
    readonly to: number;
    readonly startVariance: number;
  },
  random: RandomStream,
): Float64Array {
  const thinned = thin(model, fitted, range.startVariance, random);
  const scores = new Float64Array(range.to - range.from);
  const lnDensity = new Float64Array(THINNED);
  const length = range.from - range.start;
  model.filter(thinned, 0, THINNED, bars, range.start, range.from, blockWeights(length, 1), lnDensity);
  for (let t = range.from; t < range.to; t++) {
    logDensities(thinned, bars.y[t]!, lnDensity);
    let sum = 0;
    for (let i = 0; i < THINNED; i++) sum += Math.exp(lnDensity[i]!);
    scores[t - range.from] = Math.log(sum / THINNED);
    for (let i = 0; i < THINNED; i++) thinned.variance[i] = model.next(thinned, i, bars, t);
  }
  return scores;
}

function thin(
  model: VolatilityModel,
  fitted: FittedModel,
  startVariance: number,
  random: RandomStream,
): Cloud {
  const { cloud, theta } = fitted;
  const dimension = model.parameters.length;
  const chosen = new Int32Array(THINNED);
  resample(cloud.weight, cloud.size, random, chosen);
  const thinned = createCloud(THINNED);
  chosen.forEach((from, i) => {
    model.constrain(theta, from * dimension, thinned, i, startVariance);
  });
  return thinned;
}
