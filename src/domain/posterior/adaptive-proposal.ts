/**
 * Finds a Student-t proposal for a posterior by adaptive multiple importance sampling (Cornuet et al. 2012)
 * with tempering: rounds of draws, the first from the prior, all pooled under the mixture of every proposal
 * used so far. Each round fits the next proposal to the pool at the highest temperature that leaves the pool
 * effective enough. The prior stays in the mixture, so no weight can explode and no region is forgotten.
 */
import type { RandomStream } from '#math/random.ts';
import { createCloud } from './cloud.ts';
import { effectiveSize, temper } from './importance-weights.ts';
import type { MetropolisTarget } from './metropolis.ts';
import { drawPrior, logPrior, StudentProposal } from './student-proposal.ts';

export const ROUND = 256;
const MOST_ROUNDS = 18;
/** Effective draws per free parameter that a temperature must leave, and that end the search. */
const WORKING_SIZE = 12;
const FINAL_SIZE = 25;
const SPREAD = 1.15;
const TEMPERED_SPREAD = 1.5;

class Pool {
  readonly theta: Float64Array;
  readonly base: Float64Array;
  readonly likelihood: Float64Array;
  readonly #lnPrior: Float64Array;
  readonly #lnMixture: Float64Array;
  readonly #dimension: number;
  count = 0;

  constructor(capacity: number, dimension: number) {
    this.theta = new Float64Array(capacity * dimension);
    this.base = new Float64Array(capacity);
    this.likelihood = new Float64Array(capacity);
    this.#lnPrior = new Float64Array(capacity);
    this.#lnMixture = new Float64Array(capacity).fill(-Infinity);
    this.#dimension = dimension;
  }

  /** Takes one round in, whose draws came from the last of `densities`; the others made earlier rounds. */
  accept(target: MetropolisTarget, densities: readonly LogDensity[]): void {
    const from = this.count;
    this.count += ROUND;
    const newest = densities[densities.length - 1]!;
    for (let i = 0; i < this.count; i++) {
      const at = i * this.#dimension;
      if (i >= from) {
        this.#lnPrior[i] = logPrior(target.prior, this.theta, at);
        for (const density of densities)
          this.#lnMixture[i] = logSum(this.#lnMixture[i]!, density(this.theta, at));
      } else this.#lnMixture[i] = logSum(this.#lnMixture[i]!, newest(this.theta, at));
      this.base[i] = this.#lnPrior[i]! - this.#lnMixture[i]!;
    }
  }
}

type LogDensity = (theta: Float64Array, at: number) => number;

function logSum(a: number, b: number): number {
  const top = Math.max(a, b);
  return top === -Infinity ? top : top + Math.log(Math.exp(a - top) + Math.exp(b - top));
}

/** Leads from the prior, or from a proposal known to be near, to a proposal for the posterior. */
export function adaptProposal(
  target: MetropolisTarget,
  random: RandomStream,
  start?: StudentProposal,
): StudentProposal {
  const { prior } = target;
  const dimension = prior.mean.length;
  const free = prior.sd.filter((sd) => sd > 0).length;
  const capacity = MOST_ROUNDS * ROUND;
  const pool = new Pool(capacity, dimension);
  const scratch = createCloud(ROUND);
  const found = new Float64Array(ROUND);
  const lnWeight = new Float64Array(capacity);
  const weight = new Float64Array(capacity);
  const densities: LogDensity[] = [
    start === undefined
      ? (theta, at) => logPrior(prior, theta, at)
      : (theta, at) => start.logDensity(theta, at),
  ];
  for (let i = 0; i < ROUND; i++) {
    if (start === undefined) drawPrior(prior, random, pool.theta, i * dimension);
    else start.draw(random, pool.theta, i * dimension);
  }
  let proposal = start ?? new StudentProposal(prior);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const from = round * ROUND;
    target.logLikelihoods(pool.theta.subarray(from * dimension, (from + ROUND) * dimension), scratch, found);
    pool.likelihood.set(found, from);
    pool.accept(target, densities);
    const count = pool.count;
    const temperature = temper(
      pool.base.subarray(0, count),
      pool.likelihood.subarray(0, count),
      WORKING_SIZE * free,
      lnWeight,
      weight,
    );
    const next = new StudentProposal(prior);
    if (!next.fit(pool.theta, weight, count, temperature === 1 ? SPREAD : TEMPERED_SPREAD)) break;
    proposal = next;
    if (temperature === 1 && effectiveSize(weight, count) > FINAL_SIZE * free) break;
    if (round + 1 === MOST_ROUNDS) break;
    for (let i = 0; i < ROUND; i++) proposal.draw(random, pool.theta, (from + ROUND + i) * dimension);
    densities.push((theta, at) => next.logDensity(theta, at));
  }
  return proposal;
}
