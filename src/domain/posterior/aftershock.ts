/**
 * What the last return says of the next one's law beyond its variance, for the whole pool. After a large move
 * within a day the tail on its own side is heavier and the other lighter while the mean stays, and both together
 * are somewhat heavier than the variance tells. No member sees either: a variance has no side, and a likelihood
 * over all bars hardly hears the few that follow a large one. Daily bars show none of it.
 * Shapes: a shock is the last standardised return over the deviation it was forecast with, cut at LARGEST.
 */

/** The logarithm of the skew moves by this for each unit of shock. */
const TILT = 0.1;
/** The logarithm of the scale grows by this for each unit of shock beyond the first, whatever its side. */
const SWELL = 0.1;
const LARGEST = 2.5;

/** `variance` is what y was forecast with; no shock where neither says anything. */
export function shockOf(y: number, variance: number): number {
  const shock = y / Math.sqrt(variance);
  return Number.isNaN(shock) ? 0 : Math.max(-LARGEST, Math.min(LARGEST, shock));
}

/** Factor on the skew. */
export function tiltOf(shock: number): number {
  return Math.exp(TILT * shock);
}

/** To be added to the logarithm of the scale. */
export function lnSwellOf(shock: number): number {
  return SWELL * Math.max(0, Math.abs(shock) - 1);
}

/** Scale over deviation (root of the second moment about the mode), as in skewed-student.ts. */
export function scaleRatioOf(nu: number, skew: number): number {
  const square = skew * skew;
  return Math.sqrt((nu - 2) / (nu * (square + 1 / square - 1)));
}
