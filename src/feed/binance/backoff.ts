/**
 * Delays between attempts: doubling from `firstMs` to `capMs`, with full jitter, so that many clients cut off
 * at once do not come back at once. Starts over only once a link has been healthy for `resetAfterMs`.
 * Units: milliseconds.
 */
export interface BackoffLimits {
  readonly firstMs: number;
  readonly capMs: number;
  readonly resetAfterMs: number;
}

export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #failures = 0;

  constructor(limits: BackoffLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** The delay before the next attempt; `healthyMs` is how long the attempt before carried data. */
  next(healthyMs: number): number {
    if (healthyMs >= this.#limits.resetAfterMs) this.#failures = 0;
    const ceiling = Math.min(this.#limits.capMs, this.#limits.firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return this.#random() * ceiling;
  }
}
