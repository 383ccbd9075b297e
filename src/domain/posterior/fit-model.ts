/**
 * The posterior of one volatility model from a window of bars: adaptive tempered importance sampling.
 *
 * An adaptive proposal (adaptive-proposal.ts) leads from the prior to the posterior; one fresh sample from it
 * is the cloud. Every fit starts anew from the data, so errors do not accumulate. Where the weights cannot be
 * trusted (Pareto shape or effective size) the cloud is resampled and moved by Metropolis sweeps.
 * Flow: StandardBars -> here -> Cloud. The evidence is the mean of the final weights.
 */
import type { RandomStream } from '#math/random.ts';
import { adaptProposal } from './adaptive-proposal.ts';
import { type Cloud, createCloud, SLOTS } from './cloud.ts';
import { effectiveSize, normalise, paretoShape } from './importance-weights.ts';
import { type MetropolisTarget, rejuvenate } from './metropolis.ts';
import type { StandardBars } from './standard-bars.ts';
import { logPrior, type StudentProposal } from './student-proposal.ts';
import { BLOCK, type NormalPrior, type VolatilityModel } from './volatility-model.ts';

export interface FitRequest {
  readonly model: VolatilityModel;
  /** The model's own where absent. */
  readonly prior?: NormalPrior;
  /** ln of the ratio of the wanted prior to `prior` at theta[at...], for a prior that is not normal. */
  readonly tilt?: (theta: Float64Array, at: number) => number;
  readonly bars: StandardBars;
  readonly from: number;
  readonly to: number;
  /** Variance at the window's start; NaN for the model's unconditional one. */
  readonly startVariance: number;
  /** Likelihood weight kept per bar of age; 1 for the exact posterior. */
  readonly discount: number;
  readonly particles: number;
  readonly random: RandomStream;
}

export interface FittedModel {
  readonly cloud: Cloud;
  /** Row-major particles x dimension, unconstrained. */
  readonly theta: Float64Array;
  readonly logEvidence: number;
  readonly ess: number;
  readonly paretoK: number;
  readonly fallback: boolean;
}

/** Bars of a long window on which the proposal is sought first. */
const SCOUTED = 400;
const LARGEST_SHAPE = 0.7;
const LEAST_SHARE = 0.05;

/** Weights of the blocks of a window, the newest block at full weight. */
export function blockWeights(bars: number, discount: number): Float64Array {
  const blocks = Math.ceil(bars / BLOCK);
  return Float64Array.from({ length: blocks }, (_, block) => discount ** (BLOCK * (blocks - 1 - block)));
}

class WindowPosterior implements MetropolisTarget {
  readonly prior: NormalPrior;
  readonly #request: FitRequest;
  readonly #weights: Float64Array;

  constructor(request: FitRequest) {
    this.#request = request;
    this.prior = request.prior ?? request.model.prior;
    this.#weights = blockWeights(request.to - request.from, request.discount);
  }

  logLikelihoods(theta: Float64Array, cloud: Cloud, out: Float64Array): void {
    const { model, bars, from, to, startVariance } = this.#request;
    const dimension = this.prior.mean.length;
    for (let i = 0; i < cloud.size; i++) model.constrain(theta, i * dimension, cloud, i, startVariance);
    model.filter(cloud, 0, cloud.size, bars, from, to, this.#weights, out);
    const { tilt } = this.#request;
    for (let i = 0; i < cloud.size; i++) {
      if (tilt !== undefined) out[i]! += tilt(theta, i * dimension);
      if (!Number.isFinite(out[i]!)) out[i] = -Infinity;
    }
  }
}

export function fitModel(request: FitRequest): FittedModel {
  const { particles, random } = request;
  const posterior = new WindowPosterior(request);
  const { prior } = posterior;
  const dimension = prior.mean.length;
  const proposal = adaptProposal(posterior, random, scout(request));

  const cloud = createCloud(particles);
  const theta = new Float64Array(particles * dimension);
  const lnWeight = new Float64Array(particles);
  const likelihood = new Float64Array(particles);
  for (let i = 0; i < particles; i++) {
    const lnProposal = proposal.draw(random, theta, i * dimension);
    lnWeight[i] = logPrior(prior, theta, i * dimension) - lnProposal;
  }
  posterior.logLikelihoods(theta, cloud, likelihood);
  for (let i = 0; i < particles; i++) lnWeight[i]! += likelihood[i]!;
  const logEvidence = normalise(lnWeight, cloud.weight, particles);
  if (logEvidence === -Infinity) cloud.weight.fill(1 / particles);
  const ess = effectiveSize(cloud.weight, particles);
  const paretoK = paretoShape(cloud.weight, particles);
  const fallback = !(paretoK < LARGEST_SHAPE && ess > LEAST_SHARE * particles);
  if (fallback) rejuvenate(posterior, proposal, cloud, theta, likelihood, random);
  return {
    cloud,
    theta,
    logEvidence,
    ess: fallback ? effectiveSize(cloud.weight, particles) : ess,
    paretoK,
    fallback,
  };
}

/** A first proposal from the newest part of a long window: cheap, and wider than the whole window's. */
function scout(request: FitRequest): StudentProposal | undefined {
  if (request.to - request.from < 3 * SCOUTED) return undefined;
  const recent = new WindowPosterior({ ...request, from: request.to - SCOUTED });
  return adaptProposal(recent, request.random);
}

/** Copies the particles of `from` into `to`, e.g. from a fit into shared memory. */
export function copyCloud(from: Cloud, to: Cloud): void {
  if (from.size !== to.size || from.natural.length !== SLOTS * from.size)
    throw new RangeError(`clouds of ${from.size} and ${to.size} particles differ`);
  to.natural.set(from.natural);
  to.variance.set(from.variance);
  to.weight.set(from.weight);
}
