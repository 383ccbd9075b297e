/**
 * The dynamic quantile test (Engle and Manganelli 2004): hits less their probability must be orthogonal to
 * a constant, four lagged hits and the VaR itself.
 *   DQ = Hit' X (X'X)^- X' Hit / (a (1 - a)) ~ chi-square(rank X),  Hit_t = I_t - a
 * Where fewer than 20 hits are expected the chi-square law is poor; the p-value is then simulated from
 * independent hits against the same VaR path.
 * Shapes: X is (T - 4) x 6, kept as an orthonormal basis of its column space.
 */
import { createRandom } from '#math/random.ts';
import { chiSquareSurvival } from '#math/special-functions.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

const LAGS = 4;
const ENOUGH_HITS = 20;
const SIMULATIONS = 999;
/** A column that loses this share of its length to the others adds no rank. */
const DEPENDENT = 1e-8;

export function dynamicQuantileTest(
  hits: Uint8Array,
  valueAtRisk: Float64Array,
  probability: number,
): TestResult {
  if (hits.length < 10 * LAGS) return withoutAnswer('dq', `fewer than ${10 * LAGS} forecasts`);
  const { statistic, rank } = dynamicQuantile(hits, valueAtRisk, probability);
  if (hits.length * probability >= ENOUGH_HITS)
    return testResult('dq', statistic, chiSquareSurvival(statistic, rank));
  return testResult('dq', statistic, simulatedP(statistic, valueAtRisk, probability), 'simulated p-value');
}

function dynamicQuantile(hits: Uint8Array, valueAtRisk: Float64Array, probability: number) {
  const rows = hits.length - LAGS;
  const basis: Float64Array[] = [];
  const addColumn = (value: (t: number) => number) => {
    const column = Float64Array.from({ length: rows }, (_, row) => value(row + LAGS));
    const before = Math.sqrt(dot(column, column));
    // Twice: one pass of Gram-Schmidt leaves the dust of nearly dependent columns.
    for (let pass = 0; pass < 2; pass++)
      for (const other of basis) {
        const projection = dot(column, other);
        for (let row = 0; row < rows; row++) column[row]! -= projection * other[row]!;
      }
    const length = Math.sqrt(dot(column, column));
    if (before > 0 && length > DEPENDENT * before) basis.push(column.map((entry) => entry / length));
  };
  addColumn(() => 1);
  for (let lag = 1; lag <= LAGS; lag++) addColumn((t) => hits[t - lag]! - probability);
  addColumn((t) => valueAtRisk[t]!);
  let statistic = 0;
  for (const column of basis) {
    let projection = 0;
    for (let row = 0; row < rows; row++) projection += column[row]! * (hits[row + LAGS]! - probability);
    statistic += projection * projection;
  }
  return { statistic: statistic / (probability * (1 - probability)), rank: basis.length };
}

function simulatedP(observed: number, valueAtRisk: Float64Array, probability: number): number {
  const random = createRandom(20_040_401, valueAtRisk.length);
  const hits = new Uint8Array(valueAtRisk.length);
  let larger = 0;
  for (let run = 0; run < SIMULATIONS; run++) {
    for (let t = 0; t < hits.length; t++) hits[t] = random.uniform() < probability ? 1 : 0;
    if (dynamicQuantile(hits, valueAtRisk, probability).statistic >= observed - 1e-12) larger++;
  }
  return (larger + 1) / (SIMULATIONS + 1);
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += left[index]! * right[index]!;
  return sum;
}
