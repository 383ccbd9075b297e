/**
 * How often one address may connect: so many attempts in any five minutes, whether or not they succeed.
 * Units: milliseconds of wall time.
 */
const WINDOW_MS = 5 * 60_000;

export class ConnectionMeter {
  readonly #limit: number;
  readonly #attempts = new Map<string, number[]>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts an attempt; false where it is one too many. */
  admit(address: string, nowMs: number): boolean {
    const recent = (this.#attempts.get(address) ?? []).filter((timeMs) => nowMs - timeMs < WINDOW_MS);
    recent.push(nowMs);
    this.#attempts.set(address, recent.slice(-this.#limit - 1));
    return recent.length <= this.#limit;
  }
}
