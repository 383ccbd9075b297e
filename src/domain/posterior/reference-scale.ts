/**
 * The scale in which a fit measures returns: a root mean square over the window, with each square truncated
 * so that one crash does not set the unit. Only the priors depend on it.
 */
import { selectInPlace } from '#math/quantile.ts';
import type { ObservationSeries } from './observation.ts';

/** Squares above this many squared medians are truncated. */
const TRUNCATION = 100;
/** Prices that never moved still need a unit. */
const SMALLEST = 1e-8;

export function referenceScale(history: ObservationSeries, window: number): number {
  const from = Math.max(0, history.length - window);
  const sizes = history.logReturn.slice(from, history.length).map(Math.abs);
  const nonZero = sizes.filter((size) => size > 0);
  if (nonZero.length === 0) return SMALLEST;
  const median = selectInPlace(nonZero, nonZero.length >> 1);
  let sum = 0;
  for (const size of sizes) sum += Math.min(size * size, TRUNCATION * median * median);
  return Math.max(Math.sqrt(sum / sizes.length), SMALLEST);
}
