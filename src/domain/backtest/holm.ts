/**
 * Family-wise error over several tests (Holm 1979): the k-th smallest of n p-values is multiplied by
 * n - k + 1 and the results are made monotone. Tests without an answer stay without one and cost nothing.
 */
export function holmAdjust(pValues: readonly (number | null)[]): (number | null)[] {
  const order = pValues
    .flatMap((value, index) => (value === null ? [] : [{ value, index }]))
    .sort((left, right) => left.value - right.value || left.index - right.index);
  const adjusted: (number | null)[] = pValues.map(() => null);
  let running = 0;
  order.forEach(({ value, index }, rank) => {
    running = Math.max(running, Math.min(1, value * (order.length - rank)));
    adjusted[index] = running;
  });
  return adjusted;
}
