/**
 * Longer bars of one symbol from its base bars.
 * Flow: bar-builder or REST history (base bars, oldest first) -> here -> bar matrix and posteriors.
 * Formula: the realised variance of a long bar is the sum over its base bars; one that came without ticks
 * counts its squared close-to-close log return, itself the realised variance at the base interval.
 * A long bar that misses base bars, or holds an incomplete one, is incomplete.
 */
import type { Bar } from './bar.ts';

export class BarAggregator {
  readonly #baseMs: number;
  readonly #intervalMs: number;
  readonly #emit: (bar: Bar) => void;
  #openMs = Number.NaN;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = Number.NaN;
  #volume = 0;
  #trades = 0;
  #variance = 0;
  #complete = false;
  #nextBaseMs = Number.NaN;

  constructor(baseMs: number, intervalMs: number, emit: (bar: Bar) => void) {
    if (intervalMs % baseMs !== 0 || intervalMs <= baseMs)
      throw new RangeError('the interval must be a multiple of the base interval');
    this.#baseMs = baseMs;
    this.#intervalMs = intervalMs;
    this.#emit = emit;
  }

  /** Takes one base bar; bars at or before the newest one taken are ignored. */
  add(base: Bar): void {
    if (base.openTimeMs < this.#nextBaseMs) return;
    const openMs = Math.floor(base.openTimeMs / this.#intervalMs) * this.#intervalMs;
    if (openMs !== this.#openMs) {
      if (!Number.isNaN(this.#openMs)) this.#finish(false);
      this.#start(openMs, base);
    }
    const gapless = base.openTimeMs === (Number.isNaN(this.#nextBaseMs) ? openMs : this.#nextBaseMs);
    this.#complete &&= base.complete && gapless;
    this.#high = Math.max(this.#high, base.high);
    this.#low = Math.min(this.#low, base.low);
    const logReturn = Math.log(base.close / (Number.isNaN(this.#close) ? base.open : this.#close));
    this.#variance += Number.isNaN(base.realisedVariance) ? logReturn * logReturn : base.realisedVariance;
    this.#close = base.close;
    this.#volume += base.volume;
    this.#trades += base.trades;
    this.#nextBaseMs = base.openTimeMs + this.#baseMs;
    if (this.#nextBaseMs === openMs + this.#intervalMs) this.#finish(this.#complete);
  }

  #start(openMs: number, base: Bar): void {
    this.#openMs = openMs;
    this.#open = base.open;
    this.#high = base.high;
    this.#low = base.low;
    this.#volume = 0;
    this.#trades = 0;
    this.#variance = 0;
    this.#complete = true;
  }

  #finish(complete: boolean): void {
    const bar: Bar = {
      openTimeMs: this.#openMs,
      intervalMs: this.#intervalMs,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.#close,
      volume: this.#volume,
      trades: this.#trades,
      realisedVariance: this.#variance,
      complete,
    };
    this.#openMs = Number.NaN;
    this.#emit(bar);
  }
}
