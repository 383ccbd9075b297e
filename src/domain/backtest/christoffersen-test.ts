/**
 * Independence and conditional coverage (Christoffersen 1998): does a hit today change the chance of a hit
 * tomorrow? Independence is read on the T - 1 transitions, coverage on all T forecasts.
 *   LR_ind = -2 [ l(pi) - l(pi01, pi11) ] ~ chi-square(1),  LR_cc = LR_uc + LR_ind ~ chi-square(2)
 */
import { chiSquareSurvival } from '#math/special-functions.ts';
import { bernoulliLogLikelihood } from './bernoulli.ts';
import { countOnes } from './forecast-track.ts';
import { kupiecTest } from './kupiec-test.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

export interface ChristoffersenResult {
  readonly independence: TestResult;
  readonly conditional: TestResult;
}

/** n01 counts a hit that follows no hit. */
export interface Transitions {
  readonly n00: number;
  readonly n01: number;
  readonly n10: number;
  readonly n11: number;
}

export function christoffersenTest(hits: Uint8Array, probability: number): ChristoffersenResult {
  if (hits.length < 2) {
    const note = 'fewer than two forecasts';
    return {
      independence: withoutAnswer('independence', note),
      conditional: withoutAnswer('conditional', note),
    };
  }
  const independence = independenceTest(transitionsOf(hits));
  const coverage = kupiecTest(countOnes(hits), hits.length, probability);
  const ratio = coverage.statistic! + independence.statistic!;
  return {
    independence,
    conditional: testResult('conditional', ratio, chiSquareSurvival(ratio, 2), independence.note),
  };
}

export function independenceTest({ n00, n01, n10, n11 }: Transitions): TestResult {
  if (n10 + n11 === 0) return testResult('independence', 0, 1, 'no hit is followed by a forecast');
  const pooled = bernoulliLogLikelihood(n01 + n11, n00 + n10, (n01 + n11) / (n00 + n01 + n10 + n11));
  const afterMiss = n00 + n01 === 0 ? 0 : bernoulliLogLikelihood(n01, n00, n01 / (n00 + n01));
  const afterHit = bernoulliLogLikelihood(n11, n10, n11 / (n10 + n11));
  const ratio = Math.max(0, 2 * (afterMiss + afterHit - pooled));
  return testResult('independence', ratio, chiSquareSurvival(ratio, 1));
}

export function transitionsOf(hits: Uint8Array): Transitions {
  const counts = [0, 0, 0, 0];
  for (let t = 1; t < hits.length; t++) counts[2 * hits[t - 1]! + hits[t]!]!++;
  return { n00: counts[0]!, n01: counts[1]!, n10: counts[2]!, n11: counts[3]! };
}
