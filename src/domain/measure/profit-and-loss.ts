/**
 * Profit and loss of a linear book over joint scenarios: one weighted sum of columns.
 * Flow: scenario/return-column -> here -> measure/strata, measure/weighted-tail.
 * Units: weights in the account currency (or shares of it), columns in simple return, loss < 0.
 * Shapes: A columns of S, out S. Allocates nothing.
 */
export function profitAndLoss(
  weights: Float64Array,
  columns: readonly Float32Array[],
  out: Float64Array,
): void {
  const size = out.length;
  out.fill(0);
  let a = 0;
  for (; a + 3 < columns.length; a += 4) addFour(weights, columns, a, out);
  for (; a < columns.length; a++) {
    const column = columns[a]!;
    const weight = weights[a]!;
    for (let s = 0; s < size; s++) out[s]! += weight * column[s]!;
  }
}

function addFour(
  weights: Float64Array,
  columns: readonly Float32Array[],
  first: number,
  out: Float64Array,
): void {
  const size = out.length;
  const c0 = columns[first]!;
  const c1 = columns[first + 1]!;
  const c2 = columns[first + 2]!;
  const c3 = columns[first + 3]!;
  const w0 = weights[first]!;
  const w1 = weights[first + 1]!;
  const w2 = weights[first + 2]!;
  const w3 = weights[first + 3]!;
  for (let s = 0; s < size; s++) out[s]! += w0 * c0[s]! + w1 * c1[s]! + (w2 * c2[s]! + w3 * c3[s]!);
}
