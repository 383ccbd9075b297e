/**
 * Density forecasts by likelihood ratio (Berkowitz 2001): z_t = normal quantile of the PIT follows an AR(1)
 * under the alternative and independent N(0, 1) under the null; both conditional on z_1.
 *   LR = -2 [ l(0, 1, 0) - l(mu, sigma^2, rho) ] ~ chi-square(3)
 */
import { chiSquareSurvival, normalQuantile } from '#math/special-functions.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

/** PITs are kept this far from 0 and 1, so that one outcome beyond every draw has a finite score. */
const EDGE = 1e-12;

export function berkowitzTest(pit: Float64Array): TestResult {
  if (pit.length < 20) return withoutAnswer('berkowitz', 'fewer than 20 forecasts');
  const scores = pit.map((value) => normalQuantile(Math.min(1 - EDGE, Math.max(EDGE, value))));
  const pairs = scores.length - 1;
  const sums = { x: 0, y: 0, xx: 0, xy: 0, yy: 0 };
  for (let t = 1; t < scores.length; t++) {
    const x = scores[t - 1]!;
    const y = scores[t]!;
    sums.x += x;
    sums.y += y;
    sums.xx += x * x;
    sums.xy += x * y;
    sums.yy += y * y;
  }
  const spreadX = sums.xx - (sums.x * sums.x) / pairs;
  const spreadY = sums.yy - (sums.y * sums.y) / pairs;
  if (!(spreadX > 0 && spreadY > 0)) return withoutAnswer('berkowitz', 'all PITs are equal');
  const cross = sums.xy - (sums.x * sums.y) / pairs;
  const residual = spreadY - (cross * cross) / spreadX;
  if (!(residual > 0)) return withoutAnswer('berkowitz', 'the PITs are an exact autoregression');
  const ratio = sums.yy - pairs * (1 + Math.log(residual / pairs));
  return testResult('berkowitz', Math.max(0, ratio), chiSquareSurvival(Math.max(0, ratio), 3));
}
