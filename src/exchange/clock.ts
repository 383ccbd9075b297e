/**
 * The exchange's clock: a start time and a speed over the machine's monotonic clock. A clock may be made
 * standing and started later; until then it shows its start time.
 * Units: microseconds since the epoch. `skewMs` shifts only what clients are told, as a wrong clock would.
 */
export class MarketClock {
  skewMs = 0;
  #scale: number;
  #startUs: number;
  #originMs: number | undefined;

  constructor(startMs: number, scale: number, running = true) {
    if (!(scale > 0)) throw new RangeError(`clock scale must be positive, got ${scale}`);
    this.#startUs = startMs * 1000;
    this.#scale = scale;
    if (running) this.start();
  }

  get running(): boolean {
    return this.#originMs !== undefined;
  }

  get scale(): number {
    return this.#scale;
  }

  /** Goes on from now at another speed. */
  setScale(scale: number): void {
    if (!(scale > 0)) throw new RangeError(`clock scale must be positive, got ${scale}`);
    this.#startUs = this.nowUs();
    if (this.#originMs !== undefined) this.#originMs = performance.now();
    this.#scale = scale;
  }

  start(): void {
    this.#originMs ??= performance.now();
  }

  /** Market time: what has been traded by now. */
  nowUs(): number {
    if (this.#originMs === undefined) return this.#startUs;
    return Math.floor(this.#startUs + (performance.now() - this.#originMs) * 1000 * this.#scale);
  }

  /** What the exchange says the time is. */
  statedUs(): number {
    return this.nowUs() + this.skewMs * 1000;
  }
}
