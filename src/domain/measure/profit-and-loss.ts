/**
 * Profit and loss of a linear book over joint scenarios: one weighted sum of columns.
 * Flow: scenario/return-column -> here -> measure/strata, measure/weighted-tail.
 * Units: weights in the account currency (or shares of it), columns in simple return, loss < 0.
 * Shapes: A columns of S, out S, of which [from, to) is filled: a block that stays in the first-level cache
 * while column after column is added halves the time. Allocates nothing.
 */
export type ColumnSum = (
  weights: Float64Array,
  columns: readonly Float32Array[],
  out: Float64Array,
  from: number,
  to: number,
) => void;

export function profitAndLoss(
  weights: Float64Array,
  columns: readonly Float32Array[],
  out: Float64Array,
  from = 0,
  to = out.length,
): void {
  out.fill(0, from, to);
  let a = 0;
  for (; a + 3 < columns.length; a += 4) addFour(weights, columns, a, out, from, to);
  for (; a < columns.length; a++) {
    const column = columns[a]!;
    const weight = weights[a]!;
    for (let s = from; s < to; s++) out[s]! += weight * column[s]!;
  }
}

function addFour(
  weights: Float64Array,
  columns: readonly Float32Array[],
  first: number,
  out: Float64Array,
  from: number,
  to: number,
): void {
  const c0 = columns[first]!;
  const c1 = columns[first + 1]!;
  const c2 = columns[first + 2]!;
  const c3 = columns[first + 3]!;
  const w0 = weights[first]!;
  const w1 = weights[first + 1]!;
  const w2 = weights[first + 2]!;
  const w3 = weights[first + 3]!;
  for (let s = from; s < to; s++) out[s]! += w0 * c0[s]! + w1 * c1[s]! + (w2 * c2[s]! + w3 * c3[s]!);
}
