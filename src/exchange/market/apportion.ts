/**
 * Shares out a whole number by weights so that the parts are whole and sum to it exactly.
 * Each part is the difference of two rounded cumulative shares, so no remainder is left for the last one.
 */
export function apportion(total: number, weights: Float64Array, out: Float64Array): void {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]!;
  let running = 0;
  let given = 0;
  for (let i = 0; i < weights.length; i++) {
    running += weights[i]!;
    const upTo = i === weights.length - 1 ? total : Math.min(total, Math.round((running / sum) * total));
    out[i] = upTo - given;
    given = upTo;
  }
}
