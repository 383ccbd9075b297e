/**
 * The last price known at each second of a bar, as log prices; what realised variance is taken from.
 * Flow: bar-builder (prices in time order) -> here -> realised-variance.
 * Units: times in microseconds, grid in natural log prices.
 * Shapes: points = seconds in the bar + 1; point i holds the price as of open + i seconds, trades at that
 * very microsecond left to the next point, as a bar [open, open + interval) would have it.
 */
const GRID_US = 1_000_000;

export class PriceGrid {
  readonly logPrices: Float64Array;
  #openUs = 0;
  #filled = 0;
  #last = Number.NaN;

  constructor(intervalMs: number) {
    this.logPrices = new Float64Array(intervalMs / 1000 + 1);
  }

  /** True once a price was known before the bar opened, so the whole grid stands on something. */
  get anchored(): boolean {
    return !Number.isNaN(this.#last);
  }

  /** Starts the bar at `openUs` with the price carried over. */
  open(openUs: number): void {
    this.#openUs = openUs;
    this.#filled = 0;
    if (this.anchored) this.#fillTo(0);
  }

  /** A price that holds from `timeUs` on; times that run backwards are taken as now. */
  set(timeUs: number, price: number): void {
    if (this.anchored)
      this.#fillTo(Math.min(Math.floor((timeUs - this.#openUs) / GRID_US), this.logPrices.length - 1));
    this.#last = Math.log(price);
  }

  /** Carries the last price to the end of the bar. */
  finish(): Float64Array {
    this.#fillTo(this.logPrices.length - 1);
    return this.logPrices;
  }

  #fillTo(point: number): void {
    while (this.#filled <= point) {
      this.logPrices[this.#filled] = this.#last;
      this.#filled += 1;
    }
  }

  /** Forgets the price carried over: what follows does not continue what was. */
  forget(): void {
    this.#last = Number.NaN;
  }
}
