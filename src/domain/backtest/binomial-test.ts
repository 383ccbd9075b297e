/**
 * Unconditional coverage, exact: the two-sided binomial test that sums every outcome no likelier than the
 * observed one, and the Bayesian interval of the hit rate under Jeffreys' prior, Beta(x + 1/2, T - x + 1/2).
 */
import { incompleteBeta } from '#math/special-functions.ts';
import { binomialLogProbability } from './bernoulli.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

/** Ties in floating point count as equally likely. */
const TIE = 1e-7;

export function binomialTest(hits: number, trials: number, probability: number): TestResult {
  if (trials === 0) return withoutAnswer('binomial', 'no forecasts');
  const limit = binomialLogProbability(hits, trials, probability) + TIE;
  let sum = 0;
  for (let k = 0; k <= trials; k++) {
    const term = binomialLogProbability(k, trials, probability);
    if (term <= limit) sum += Math.exp(term);
  }
  return testResult('binomial', hits / trials, sum);
}

/** Equal-tailed credible interval of the hit rate. */
export function coverageInterval(hits: number, trials: number, mass: number): readonly [number, number] {
  return [betaQuantile((1 - mass) / 2, hits, trials), betaQuantile((1 + mass) / 2, hits, trials)];
}

/** Probability that the true hit rate lies within [lower, upper]. */
export function coverageProbability(hits: number, trials: number, lower: number, upper: number): number {
  const a = hits + 0.5;
  const b = trials - hits + 0.5;
  return incompleteBeta(Math.min(1, upper), a, b) - incompleteBeta(Math.max(0, lower), a, b);
}

function betaQuantile(mass: number, hits: number, trials: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, hits + 0.5, trials - hits + 0.5) < mass) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
