/**
 * Simulation-based calibration (Talts et al. 2018): parameters from the prior, data from the model, fit; the
 * rank of the truth among equally weighted posterior draws must be uniform, for every parameter and for the
 * next bar's variance. And Geweke's (2004) joint test of both Metropolis kernels: a cloud of chains that
 * starts at prior and data must stay there.
 */
import { describe, expect, it } from 'vitest';
import { createCloud } from '#domain/posterior/cloud.ts';
import { blockWeights, fitModel } from '#domain/posterior/fit-model.ts';
import { resample } from '#domain/posterior/importance-weights.ts';
import { metropolisSweep } from '#domain/posterior/metropolis.ts';
import { MODEL_IDS, poolModels } from '#domain/posterior/model-pool.ts';
import { gjr } from '#domain/posterior/models/gjr.ts';
import { drawPrior, StudentProposal } from '#domain/posterior/student-proposal.ts';
import type { VolatilityModel } from '#domain/posterior/volatility-model.ts';
import { createRandom, type RandomStream } from '#math/random.ts';
import { chiSquareSurvival, normalCdf } from '#math/special-functions.ts';
import { simulateBars } from '../support/simulated-market.ts';

const BARS = 200;
const DRAWS = 99;
const BINS = 20;
const TRIALS = 500;

/** Rank of the truth in 0..99 for every parameter, then for the variance of the next bar. */
function ranks(model: VolatilityModel, random: RandomStream): number[] {
  const { prior } = model;
  const dimension = prior.mean.length;
  const truth = new Float64Array(dimension);
  drawPrior(prior, random, truth, 0);
  const bars = simulateBars(model, truth, 0, BARS, random);
  const window = { from: 0, to: BARS, startVariance: Number.NaN, discount: 1 };
  const fit = fitModel({ model, bars, ...window, particles: 400, random });
  const chosen = new Int32Array(DRAWS);
  resample(fit.cloud.weight, fit.cloud.size, random, chosen);
  const single = createCloud(1);
  model.constrain(truth, 0, single, 0, Number.NaN);
  model.filter(single, 0, 1, bars, 0, BARS, blockWeights(BARS, 1), new Float64Array(1));
  const below = (value: number, draw: (i: number) => number): number =>
    chosen.reduce((count, i) => count + (draw(i) < value ? 1 : draw(i) === value ? random.uniform() : 0), 0);
  const found = Array.from(truth, (value, k) => below(value, (i) => fit.theta[i * dimension + k]!));
  return [...found, below(single.variance[0]!, (i) => fit.cloud.variance[i]!)];
}

function uniformity(list: readonly number[]): number {
  const counts = new Float64Array(BINS);
  for (const rank of list) counts[Math.min(Math.floor((rank / (DRAWS + 1)) * BINS), BINS - 1)]!++;
  const expected = list.length / BINS;
  return chiSquareSurvival(
    counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0),
    BINS - 1,
  );
}

describe('simulation-based calibration', () => {
  it.each(MODEL_IDS)('ranks of every parameter of %s are uniform over 500 data sets', (id) => {
    const [model] = poolModels([id]);
    const random = createRandom(20, MODEL_IDS.indexOf(id));
    const all = Array.from({ length: TRIALS }, () => ranks(model!, random.fork(random.nextUint32())));
    const pValues = all[0]!.map((_, k) => uniformity(all.map((one) => one[k]!)));
    console.log(`${id}: ${pValues.map((p) => p.toFixed(3)).join(' ')}`);
    expect(Math.min(...pValues) * pValues.length).toBeGreaterThan(0.001);
  });
});

describe("Geweke's joint test", () => {
  const CHAINS = 3000;
  const LENGTH = 40;
  const dimension = gjr.prior.mean.length;

  /** Largest Kolmogorov-Smirnov statistic over parameters after rounds of data and parameter moves. */
  function jointDistance(independent: boolean, fault: number): number {
    const random = createRandom(31, independent ? 1 : 0);
    const theta = new Float64Array(CHAINS * dimension);
    for (let i = 0; i < CHAINS; i++) drawPrior(gjr.prior, random, theta, i * dimension);
    const proposal = new StudentProposal(gjr.prior);
    proposal.fit(theta, new Float64Array(CHAINS).fill(1 / CHAINS), CHAINS, 0.5);
    const cloud = createCloud(CHAINS);
    const likelihood = new Float64Array(CHAINS);
    for (let round = 0; round < 6; round++) {
      const markets = Array.from({ length: CHAINS }, (_, i) =>
        simulateBars(gjr, theta, i * dimension, LENGTH, random),
      );
      const target = {
        prior: gjr.prior,
        logLikelihoods(at: Float64Array, into: typeof cloud, out: Float64Array): void {
          for (let i = 0; i < CHAINS; i++) {
            gjr.constrain(at, i * dimension, into, i, Number.NaN);
            gjr.filter(into, i, i + 1, markets[i]!, 0, LENGTH, blockWeights(LENGTH, 1), out);
            out[i]! += fault * at[i * dimension]!;
          }
        },
      };
      target.logLikelihoods(theta, cloud, likelihood);
      metropolisSweep(target, proposal, cloud, theta, likelihood, random, independent);
    }
    let worst = 0;
    for (let k = 0; k < dimension; k++) {
      const values = Float64Array.from({ length: CHAINS }, (_, i) => theta[i * dimension + k]!).sort();
      values.forEach((value, rank) => {
        const u = normalCdf((value - gjr.prior.mean[k]!) / gjr.prior.sd[k]!);
        worst = Math.max(worst, Math.abs(u - (rank + 0.5) / CHAINS) * Math.sqrt(CHAINS));
      });
    }
    return worst;
  }

  it.each([true, false])(
    'chains stay at the prior (independence step: %s), and leave it under a fault',
    (kind) => {
      expect(jointDistance(kind, 0)).toBeLessThan(1.95);
      expect(jointDistance(kind, 1)).toBeGreaterThan(3);
    },
  );
});
