/**
 * When a link is replaced although it works, and when its replacement has taken over. Pure.
 * The exchange cuts a link after 24 hours; we go before, at a quiet hour where one falls into the window,
 * spread by jitter so that several links do not go together.
 * Units: milliseconds.
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface RotationWindow {
  /** Earliest and latest age of a link at its rotation. */
  readonly earliestMs: number;
  readonly latestMs: number;
  /** Hour of the day, UTC, at which a rotation disturbs least. */
  readonly quietHourUtc: number | undefined;
}

/** Age at which a link opened at `openedMs` is replaced. */
export function rotationAgeMs(openedMs: number, window: RotationWindow, random: () => number): number {
  const { earliestMs, latestMs, quietHourUtc } = window;
  const plain = earliestMs + random() * (latestMs - earliestMs);
  if (quietHourUtc === undefined) return plain;
  const sinceMidnight = openedMs % DAY_MS;
  const untilQuiet = (quietHourUtc * HOUR_MS - sinceMidnight + DAY_MS) % DAY_MS;
  const quiet = untilQuiet + random() * HOUR_MS;
  return quiet >= HOUR_MS && quiet <= latestMs ? quiet : plain;
}

/**
 * True once the new link covers every stream: its first trade follows without a hole on what was delivered so
 * far. `firstIds` are the new link's first trade ids by symbol, NaN where none came yet.
 */
export function takenOver(firstIds: Float64Array, deliveredId: (symbolIndex: number) => number): boolean {
  for (const [symbolIndex, first] of firstIds.entries())
    if (!(first <= deliveredId(symbolIndex) + 1)) return false;
  return true;
}
