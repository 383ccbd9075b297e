/**
 * Bars of less than half a day: hours of the day differ in them, and a large move is heard in the next one.
 * Units: milliseconds.
 */
const HALF_DAY_MS = 43_200_000;

export function isIntraday(intervalMs: number): boolean {
  return intervalMs < HALF_DAY_MS;
}
