/**
 * Metropolis rejuvenation of a particle cloud: resample, then sweeps that alternate an independence step
 * from a Student-t proposal with a random-walk step along the proposal's shape. Leaves equal weights and a
 * cloud whose law is closer to the posterior with every sweep, whatever it was before.
 */
import type { RandomStream } from '#math/random.ts';
import { type Cloud, createCloud, SLOTS } from './cloud.ts';
import { resample } from './importance-weights.ts';
import { logPrior, type StudentProposal } from './student-proposal.ts';
import type { NormalPrior } from './volatility-model.ts';

export interface MetropolisTarget {
  readonly prior: NormalPrior;
  /** Reads theta into the cloud and fills each particle's log likelihood (-Infinity where impossible). */
  logLikelihoods(theta: Float64Array, cloud: Cloud, out: Float64Array): void;
}

const SWEEPS = 12;
/** Random-walk steps are the proposal's own draws shrunk to this share of their distance to its centre. */
const WALK = 0.4;

export function rejuvenate(
  target: MetropolisTarget,
  proposal: StudentProposal,
  cloud: Cloud,
  theta: Float64Array,
  likelihood: Float64Array,
  random: RandomStream,
): void {
  const ancestors = new Int32Array(cloud.size);
  resample(cloud.weight, cloud.size, random, ancestors);
  copyParticles(cloud, theta, likelihood, ancestors, target.prior.mean.length);
  cloud.weight.fill(1 / cloud.size);
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    metropolisSweep(target, proposal, cloud, theta, likelihood, random, sweep % 2 === 0);
}

/** One Metropolis step for every particle; `likelihood` holds and keeps their current log likelihoods. */
export function metropolisSweep(
  target: MetropolisTarget,
  proposal: StudentProposal,
  cloud: Cloud,
  theta: Float64Array,
  likelihood: Float64Array,
  random: RandomStream,
  independent: boolean,
): number {
  const { size } = cloud;
  const dimension = target.prior.mean.length;
  const trial = createCloud(size);
  const trialTheta = new Float64Array(theta.length);
  const trialLikelihood = new Float64Array(size);
  const lnRatio = new Float64Array(size);
  const first = new Float64Array(dimension);
  const second = new Float64Array(dimension);
  for (let i = 0; i < size; i++) {
    const at = i * dimension;
    const lnForward = proposal.draw(random, trialTheta, at);
    if (independent) lnRatio[i] = proposal.logDensity(theta, at) - lnForward;
    else {
      // The difference of two draws is symmetric about zero, so the walk needs no correction.
      proposal.draw(random, first, 0);
      proposal.draw(random, second, 0);
      for (let k = 0; k < dimension; k++)
        trialTheta[at + k] = theta[at + k]! + WALK * (first[k]! - second[k]!);
    }
    lnRatio[i]! += logPrior(target.prior, trialTheta, at) - logPrior(target.prior, theta, at);
  }
  target.logLikelihoods(trialTheta, trial, trialLikelihood);
  let accepted = 0;
  for (let i = 0; i < size; i++) {
    const ln = lnRatio[i]! + trialLikelihood[i]! - likelihood[i]!;
    if (
      !(likelihood[i] === -Infinity && trialLikelihood[i]! > -Infinity) &&
      !(Math.log(random.uniform()) < ln)
    )
      continue;
    accepted++;
    likelihood[i] = trialLikelihood[i]!;
    cloud.variance[i] = trial.variance[i]!;
    for (let k = 0; k < dimension; k++) theta[i * dimension + k] = trialTheta[i * dimension + k]!;
    for (let slot = 0; slot < SLOTS; slot++) cloud.natural[slot * size + i] = trial.natural[slot * size + i]!;
  }
  return accepted / size;
}

function copyParticles(
  cloud: Cloud,
  theta: Float64Array,
  likelihood: Float64Array,
  ancestors: Int32Array,
  dimension: number,
): void {
  const { size } = cloud;
  const old = { natural: cloud.natural.slice(), variance: cloud.variance.slice() };
  const oldTheta = theta.slice();
  const oldLikelihood = likelihood.slice();
  ancestors.forEach((from, i) => {
    cloud.variance[i] = old.variance[from]!;
    likelihood[i] = oldLikelihood[from]!;
    for (let slot = 0; slot < SLOTS; slot++)
      cloud.natural[slot * size + i] = old.natural[slot * size + from]!;
    for (let k = 0; k < dimension; k++) theta[i * dimension + k] = oldTheta[from * dimension + k]!;
  });
}
