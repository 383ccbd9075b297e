/** The logistic function and its inverse, without cancellation at either end. */
export function logistic(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const odds = Math.exp(x);
  return odds / (1 + odds);
}

export function logit(p: number): number {
  return Math.log(p / (1 - p));
}
