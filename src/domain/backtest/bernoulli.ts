/**
 * The likelihood of hit counts, with 0 ln 0 = 0, and binomial probabilities in logarithms.
 * Units: probabilities in [0, 1]; counts are integers.
 */
import { lnGamma } from '#math/special-functions.ts';

/** hits ln p + misses ln(1 - p). */
export function bernoulliLogLikelihood(hits: number, misses: number, probability: number): number {
  return weightedLog(hits, probability) + weightedLog(misses, 1 - probability);
}

function weightedLog(count: number, probability: number): number {
  return count === 0 ? 0 : count * Math.log(probability);
}

export function binomialLogProbability(hits: number, trials: number, probability: number): number {
  return (
    lnGamma(trials + 1) -
    lnGamma(hits + 1) -
    lnGamma(trials - hits + 1) +
    bernoulliLogLikelihood(hits, trials - hits, probability)
  );
}

/** P(X <= hits), summed from the smaller side. */
export function binomialCumulative(hits: number, trials: number, probability: number): number {
  if (hits < 0) return 0;
  if (hits >= trials) return 1;
  const fromBelow = hits <= trials * probability;
  let sum = 0;
  for (let k = fromBelow ? hits : hits + 1; fromBelow ? k >= 0 : k <= trials; k += fromBelow ? -1 : 1) {
    const term = Math.exp(binomialLogProbability(k, trials, probability));
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return fromBelow ? sum : 1 - sum;
}
