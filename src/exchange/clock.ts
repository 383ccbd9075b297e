/**
 * The exchange's clock: a start time and a speed over the machine's monotonic clock.
 * Units: microseconds since the epoch. `skewMs` shifts only what clients are told, as a wrong clock would.
 */
export class MarketClock {
  readonly scale: number;
  skewMs = 0;
  readonly #startUs: number;
  readonly #originMs = performance.now();

  constructor(startMs: number, scale: number) {
    if (!(scale > 0)) throw new RangeError(`clock scale must be positive, got ${scale}`);
    this.#startUs = startMs * 1000;
    this.scale = scale;
  }

  /** Market time: what has been traded by now. */
  nowUs(): number {
    return Math.floor(this.#startUs + (performance.now() - this.#originMs) * 1000 * this.scale);
  }

  /** What the exchange says the time is. */
  statedUs(): number {
    return this.nowUs() + this.skewMs * 1000;
  }
}
