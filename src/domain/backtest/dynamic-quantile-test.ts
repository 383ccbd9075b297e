/**
 * The dynamic quantile test (Engle and Manganelli 2004): hits less their probability must be orthogonal to
 * a constant, four lagged hits and the VaR itself.
 *   DQ = Hit' X (X'X)^- X' Hit / (a (1 - a)) ~ chi-square(rank X),  Hit_t = I_t - a
 * Where fewer than 20 hits are expected the chi-square law is poor; the p-value is then simulated from
 * independent hits against the same VaR path.
 * The lag columns are mostly zeros, so X'X and X'Hit are summed over hits alone.
 * Shapes: X is (T - 4) x 6: 1, four lagged hits, the VaR centred and scaled; its Gram matrix is 6 x 6.
 */
import { createRandom } from '#math/random.ts';
import { chiSquareSurvival } from '#math/special-functions.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

const LAGS = 4;
const ENOUGH_HITS = 20;
const SIMULATIONS = 999;
const COLUMNS = LAGS + 2;
/** A column of which less than this share is left, squared, after the others adds no rank. */
const DEPENDENT = 1e-10;

export function dynamicQuantileTest(
  hits: Uint8Array,
  valueAtRisk: Float64Array,
  probability: number,
): TestResult {
  if (hits.length < 10 * LAGS) return withoutAnswer('dq', `fewer than ${10 * LAGS} forecasts`);
  const level = standardised(valueAtRisk);
  const { statistic, rank } = dynamicQuantile(hits, level, probability);
  if (hits.length * probability >= ENOUGH_HITS)
    return testResult('dq', statistic, chiSquareSurvival(statistic, rank));
  return testResult('dq', statistic, simulatedP(statistic, level, probability), 'simulated p-value');
}

/** Centred and scaled over the rows of X: shifting and scaling a column leaves the test as it is. */
function standardised(valueAtRisk: Float64Array): Float64Array {
  const used = valueAtRisk.subarray(LAGS);
  const mean = used.reduce((sum, value) => sum + value, 0) / used.length;
  const spread = Math.sqrt(used.reduce((sum, value) => sum + (value - mean) ** 2, 0) / used.length);
  return valueAtRisk.map((value) => (spread > DEPENDENT * Math.abs(mean) ? (value - mean) / spread : 0));
}

function dynamicQuantile(hits: Uint8Array, level: Float64Array, probability: number) {
  const gram = new Float64Array(COLUMNS * COLUMNS);
  const product = new Float64Array(COLUMNS);
  const rows = hits.length - LAGS;
  const row = new Float64Array(COLUMNS);
  // Rows without a lagged hit differ in their VaR only: one sum serves them all.
  let levels = 0;
  let squares = 0;
  for (let t = LAGS; t < hits.length; t++) {
    levels += level[t]!;
    squares += level[t]! * level[t]!;
  }
  const last = COLUMNS - 1;
  gram[0] = rows;
  gram[last] = levels;
  gram[last * COLUMNS] = levels;
  gram[last * COLUMNS + last] = squares;
  product[0] = -probability * rows;
  product[last] = -probability * levels;
  let nextRow = LAGS;
  for (let s = 0; s < hits.length; s++) {
    if (hits[s] === 0) continue;
    if (s >= LAGS) {
      product[0]! += 1;
      product[last]! += level[s]!;
    }
    // Every row that has this hit as a lag, once.
    for (let t = Math.max(nextRow, s + 1); t <= Math.min(s + LAGS, hits.length - 1); t++) {
      row[0] = 1;
      for (let lag = 1; lag <= LAGS; lag++) row[lag] = hits[t - lag]!;
      row[last] = level[t]!;
      addLagRow(gram, product, row, hits[t]! - probability);
      nextRow = t + 1;
    }
  }
  const { form, rank } = quadraticForm(gram, product);
  return { statistic: form / (probability * (1 - probability)), rank };
}

/** Adds what the lag columns of one row contribute; the other entries are summed elsewhere. */
function addLagRow(gram: Float64Array, product: Float64Array, row: Float64Array, hit: number): void {
  for (let i = 0; i < COLUMNS; i++)
    for (let j = 0; j < COLUMNS; j++) {
      const lag = (i > 0 && i <= LAGS) || (j > 0 && j <= LAGS);
      if (lag) gram[i * COLUMNS + j]! += row[i]! * row[j]!;
    }
  for (let lag = 1; lag <= LAGS; lag++) product[lag]! += row[lag]! * hit;
}

/** g' A^- g and the rank of A, by Gaussian elimination with the largest remaining diagonal as pivot. */
function quadraticForm(gram: Float64Array, g: Float64Array): { form: number; rank: number } {
  const a = gram.slice();
  const b = g.slice();
  const scale = Float64Array.from({ length: COLUMNS }, (_, i) => gram[i * COLUMNS + i]!);
  const open = new Set(scale.keys());
  let form = 0;
  while (open.size > 0) {
    const share = (i: number) => (scale[i]! > 0 ? a[i * COLUMNS + i]! / scale[i]! : 0);
    const pivot = [...open].reduce((best, i) => (share(i) > share(best) ? i : best));
    if (share(pivot) <= DEPENDENT) break;
    open.delete(pivot);
    const diagonal = a[pivot * COLUMNS + pivot]!;
    form += (b[pivot]! * b[pivot]!) / diagonal;
    for (const i of open) {
      const factor = a[i * COLUMNS + pivot]! / diagonal;
      b[i]! -= factor * b[pivot]!;
      for (const j of open) a[i * COLUMNS + j]! -= factor * a[pivot * COLUMNS + j]!;
    }
  }
  return { form, rank: COLUMNS - open.size };
}

function simulatedP(observed: number, level: Float64Array, probability: number): number {
  const random = createRandom(20_040_401, level.length);
  const hits = new Uint8Array(level.length);
  let larger = 0;
  for (let run = 0; run < SIMULATIONS; run++) {
    for (let t = 0; t < hits.length; t++) hits[t] = random.uniform() < probability ? 1 : 0;
    if (dynamicQuantile(hits, level, probability).statistic >= observed - 1e-9) larger++;
  }
  return (larger + 1) / (SIMULATIONS + 1);
}
