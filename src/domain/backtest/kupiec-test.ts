/**
 * Unconditional coverage by likelihood ratio (Kupiec 1995).
 *   LR = -2 [ l(a) - l(x / T) ] ~ chi-square(1),  l(p) = x ln p + (T - x) ln(1 - p)
 * Its true size at T = 250, a = 1 % is 9.5 %: read it beside the exact binomial test.
 */
import { chiSquareSurvival } from '#math/special-functions.ts';
import { bernoulliLogLikelihood } from './bernoulli.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

export function kupiecTest(hits: number, trials: number, probability: number): TestResult {
  if (trials === 0) return withoutAnswer('kupiec', 'no forecasts');
  const free = bernoulliLogLikelihood(hits, trials - hits, hits / trials);
  const ratio = Math.max(0, 2 * (free - bernoulliLogLikelihood(hits, trials - hits, probability)));
  return testResult('kupiec', ratio, chiSquareSurvival(ratio, 1));
}
