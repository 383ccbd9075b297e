/**
 * Equal accuracy of two forecasters (Diebold and Mariano 1995): the mean loss difference over its
 * heteroskedasticity and autocorrelation robust standard error (Bartlett weights).
 * Below 200 forecasts the small-sample factor of Harvey, Leybourne and Newbold (1997) applies.
 * Positive statistic: the first forecaster loses more.
 */
import { normalCdf, studentCdf } from '#math/special-functions.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

const SMALL_SAMPLE = 200;

export function dieboldMariano(first: Float64Array, second: Float64Array, horizon = 1): TestResult {
  const count = first.length;
  if (count !== second.length) throw new RangeError('the two loss series differ in length');
  if (count < 20) return withoutAnswer('diebold-mariano', 'fewer than 20 forecasts');
  const difference = first.map((loss, t) => loss - second[t]!);
  const lags = Math.max(horizon - 1, Math.floor(4 * (count / 100) ** (2 / 9)));
  const centre = difference.reduce((sum, value) => sum + value, 0) / count;
  const variance = longRunVariance(difference, centre, lags);
  if (!(variance > 0)) return withoutAnswer('diebold-mariano', 'the losses do not differ');
  const plain = centre / Math.sqrt(variance / count);
  if (count >= SMALL_SAMPLE) return testResult('diebold-mariano', plain, 2 * normalCdf(-Math.abs(plain)));
  const factor = Math.sqrt((count + 1 - 2 * horizon + (horizon * (horizon - 1)) / count) / count);
  const corrected = plain * factor;
  return testResult('diebold-mariano', corrected, 2 * studentCdf(-Math.abs(corrected), count - 1));
}

export function longRunVariance(values: Float64Array, centre: number, lags: number): number {
  let variance = autocovariance(values, centre, 0);
  for (let lag = 1; lag <= lags; lag++)
    variance += 2 * (1 - lag / (lags + 1)) * autocovariance(values, centre, lag);
  return variance;
}

function autocovariance(values: Float64Array, centre: number, lag: number): number {
  let sum = 0;
  for (let t = lag; t < values.length; t++) sum += (values[t]! - centre) * (values[t - lag]! - centre);
  return sum / values.length;
}
