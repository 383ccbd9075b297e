/**
 * Are the probability integral transforms uniform? Kolmogorov-Smirnov with Stephens' (1970) finite-sample
 * correction, and a histogram for the eye.
 *   D = sup |F(u) - u|,  x = D (sqrt T + 0.12 + 0.11 / sqrt T),  p = 2 sum (-1)^(k-1) exp(-2 k^2 x^2)
 * Units: pit in [0, 1].
 */
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

export function kolmogorovSmirnovTest(pit: Float64Array): TestResult {
  const count = pit.length;
  if (count === 0) return withoutAnswer('ks', 'no forecasts');
  const sorted = Float64Array.from(pit).sort();
  let distance = 0;
  for (let rank = 0; rank < count; rank++)
    distance = Math.max(distance, (rank + 1) / count - sorted[rank]!, sorted[rank]! - rank / count);
  const root = Math.sqrt(count);
  return testResult('ks', distance, kolmogorovSurvival(distance * (root + 0.12 + 0.11 / root)));
}

/** P(sup |Brownian bridge| > x). */
export function kolmogorovSurvival(x: number): number {
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * x * x);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-16) break;
  }
  return 2 * sum;
}

/** Share of the PITs in each of `bins` equal bins; a correct forecaster gives 1 / bins everywhere. */
export function pitHistogram(pit: Float64Array, bins: number): number[] {
  const shares = new Array<number>(bins).fill(0);
  for (const value of pit) shares[Math.min(bins - 1, Math.floor(value * bins))]! += 1 / pit.length;
  return shares;
}
