/**
 * Order statistics in place, without allocation: Hoare's quickselect with median-of-three pivots.
 * Shapes: values is reordered so that values[0..k] holds the k + 1 smallest.
 */

/** Puts the k-th smallest (from 0) at index k, smaller ones before it, and returns it. NaN-free input. */
export function selectInPlace(values: Float64Array, k: number): number {
  let low = 0;
  let high = values.length - 1;
  if (!(k >= 0 && k <= high)) throw new RangeError(`order ${k} lies outside 0..${high}`);
  while (high > low) {
    const pivot = medianOfThree(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left <= right) {
        const held = values[left]!;
        values[left++] = values[right]!;
        values[right--] = held;
      }
    }
    if (k <= right) high = right;
    else if (k >= left) low = left;
    else break;
  }
  return values[k]!;
}

function medianOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
}

export interface TailMean {
  /** The k-th smallest with k = ceil(p n): the empirical p-quantile from below. */
  readonly quantile: number;
  /** Mean of the lowest share p of the mass, the quantile's own atom counted in part. */
  readonly mean: number;
}

/**
 * Empirical lower-tail quantile and tail mean at probability p; reorders values.
 * mean = (sum_{j<k} x_(j) + (p n - k + 1) x_(k)) / (p n).
 */
export function tailMean(values: Float64Array, p: number): TailMean {
  const mass = p * values.length;
  const rank = Math.min(Math.max(Math.ceil(mass - 1e-9), 1), values.length);
  const quantile = selectInPlace(values, rank - 1);
  let sum = 0;
  for (let i = 0; i < rank - 1; i++) sum += values[i]!;
  const part = Math.max(mass - rank + 1, 0);
  return { quantile, mean: rank - 1 + part > 0 ? (sum + part * quantile) / (rank - 1 + part) : quantile };
}
