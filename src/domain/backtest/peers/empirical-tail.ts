/**
 * Quantile, tail mean and distribution function of an equally weighted sample.
 *   quantile = x_(k), k = ceil(p n);  tail mean = (sum_{j<k} x_(j) + (p n - k + 1) x_(k)) / (p n)
 */
export interface EmpiricalTail {
  readonly quantile: number;
  readonly mean: number;
}

/** `sorted` ascending and not empty. */
export function empiricalTail(sorted: Float64Array, probability: number): EmpiricalTail {
  const mass = probability * sorted.length;
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil(mass - 1e-9)));
  const quantile = sorted[rank - 1]!;
  if (mass <= 1) return { quantile, mean: quantile };
  let sum = (mass - rank + 1) * quantile;
  for (let j = 0; j < rank - 1; j++) sum += sorted[j]!;
  return { quantile, mean: sum / mass };
}

/** Mid-rank share at or below x, kept inside (0, 1): with n draws nothing is certain. */
export function empiricalCdf(sorted: Float64Array, x: number): number {
  const below = firstIndex(sorted, (value) => value >= x);
  const upTo = firstIndex(sorted, (value) => value > x);
  return ((below + upTo) / 2 + 0.5) / (sorted.length + 1);
}

/** Index of the first entry for which `holds` is true; it stays true from there on. */
function firstIndex(sorted: Float64Array, holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
