/**
 * The model confidence set (Hansen, Lunde and Nason 2011): forecasters that cannot be told from the best at
 * the given size. The worst is dropped while the test of equal accuracy rejects; p-values are made monotone.
 *   T_max = max_i (mean L_i - mean L) / sd*,  sd* and the null law from a moving-block bootstrap
 * Shapes: losses[i] holds one value per forecast for forecaster i, all of one length.
 */
import { createRandom } from '#math/random.ts';

const SIMULATIONS = 1000;

export interface ConfidenceSetMember {
  readonly name: string;
  readonly meanLoss: number;
  /** Smallest size at which this forecaster leaves the set. */
  readonly pValue: number;
  readonly included: boolean;
}

export function modelConfidenceSet(
  names: readonly string[],
  losses: readonly Float64Array[],
  size = 0.1,
  seed = 20_110_301,
): ConfidenceSetMember[] {
  const count = losses[0]?.length ?? 0;
  if (names.length !== losses.length || losses.some((path) => path.length !== count))
    throw new RangeError('every forecaster needs a name and losses of one length');
  const means = losses.map((path) => path.reduce((sum, loss) => sum + loss, 0) / Math.max(1, count));
  const boot = bootstrapDeviations(losses, means, count, seed);
  const pValues = names.map(() => 1);
  let alive = names.map((_, index) => index);
  let running = 0;
  while (alive.length > 1 && count > 0) {
    const { pValue, worst } = equalAccuracy(alive, means, boot);
    running = Math.max(running, pValue);
    pValues[worst] = running;
    alive = alive.filter((index) => index !== worst);
  }
  return names.map((name, index) => ({
    name,
    meanLoss: means[index]!,
    pValue: pValues[index]!,
    included: pValues[index]! >= size,
  }));
}

/** Bootstrap mean less sample mean, per forecaster and replication. */
function bootstrapDeviations(
  losses: readonly Float64Array[],
  means: readonly number[],
  count: number,
  seed: number,
): Float64Array[] {
  const block = Math.max(1, Math.round(count ** (1 / 3)));
  const starts = Math.max(1, count - block + 1);
  const blocks = Math.ceil(count / block);
  const random = createRandom(seed, count);
  const sums = losses.map((path) => prefixSums(path));
  const deviations = losses.map(() => new Float64Array(SIMULATIONS));
  for (let run = 0; run < SIMULATIONS; run++) {
    const chosen = Array.from({ length: blocks }, () => Math.floor(random.uniform() * starts));
    for (let model = 0; model < losses.length; model++) {
      let sum = 0;
      for (const start of chosen) sum += sums[model]![start + block]! - sums[model]![start]!;
      deviations[model]![run] = sum / (blocks * block) - means[model]!;
    }
  }
  return deviations;
}

function prefixSums(path: Float64Array): Float64Array {
  const sums = new Float64Array(path.length + 1);
  for (let t = 0; t < path.length; t++) sums[t + 1] = sums[t]! + path[t]!;
  return sums;
}

function equalAccuracy(alive: readonly number[], means: readonly number[], boot: readonly Float64Array[]) {
  const average = alive.reduce((sum, index) => sum + means[index]!, 0) / alive.length;
  const largest = new Float64Array(SIMULATIONS).fill(Number.NEGATIVE_INFINITY);
  const averageDeviation = new Float64Array(SIMULATIONS);
  for (const index of alive)
    for (let run = 0; run < SIMULATIONS; run++) averageDeviation[run]! += boot[index]![run]! / alive.length;
  let statistic = Number.NEGATIVE_INFINITY;
  let worst = alive[0]!;
  for (const index of alive) {
    let variance = 0;
    for (let run = 0; run < SIMULATIONS; run++)
      variance += (boot[index]![run]! - averageDeviation[run]!) ** 2 / SIMULATIONS;
    const deviation = Math.sqrt(variance);
    if (deviation === 0) continue;
    for (let run = 0; run < SIMULATIONS; run++)
      largest[run] = Math.max(largest[run]!, (boot[index]![run]! - averageDeviation[run]!) / deviation);
    const value = (means[index]! - average) / deviation;
    if (value > statistic) {
      statistic = value;
      worst = index;
    }
  }
  let above = 0;
  for (const value of largest) if (value >= statistic) above++;
  return { pValue: above / SIMULATIONS, worst };
}
