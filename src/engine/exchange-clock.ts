/**
 * What time it is at the exchange. Two sources: our clock plus the probed offset, and the newest event time
 * that came off a live stream. The first is believed only while it agrees with the second; a recording played
 * fast, or a clock that jumps, leaves the newest event as the only truth.
 * Units: microseconds since the epoch on the exchange's clock, unless a name says Ms.
 */
const AGREEMENT_US = 5_000_000;

export class ExchangeClock {
  readonly #clock: { nowMs(): number };
  #offsetUs = 0;
  #newestEventUs = Number.NEGATIVE_INFINITY;
  #skewUs = Number.NaN;

  constructor(clock: { nowMs(): number }) {
    this.#clock = clock;
  }

  /** The exchange's clock minus ours, from the feed's probes. */
  setOffset(offsetMs: number): void {
    this.#offsetUs = offsetMs * 1000;
  }

  /** A live event: sent at `eventUs` on the exchange's clock, here at `receiveUs` on ours. */
  saw(eventUs: number, receiveUs: number): void {
    this.#skewUs = eventUs - receiveUs - this.#offsetUs;
    if (eventUs > this.#newestEventUs) this.#newestEventUs = eventUs;
  }

  /** False until a live event agreed with our clock. */
  get trusted(): boolean {
    return Math.abs(this.#skewUs) < AGREEMENT_US;
  }

  /** Seconds between event and receipt of the newest live event, corrected by the offset; may be negative. */
  get lagSeconds(): number {
    return -this.#skewUs / 1e6;
  }

  /** The exchange's time when our clock showed `receiveUs`. */
  at(receiveUs: number): number {
    return this.trusted ? Math.max(receiveUs + this.#offsetUs, this.#newestEventUs) : this.#newestEventUs;
  }

  now(): number {
    return this.at(this.#clock.nowMs() * 1000);
  }
}
