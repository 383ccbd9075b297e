/**
 * Base bars of one symbol from ticks in id order, on the exchange's trade-time clock.
 * Flow: engine/ingest (ticks off the ring) -> here -> bar-aggregator.
 * A bar closes when a later trade arrives, or when the caller proves by `closeUntil` that no trade is
 * outstanding; this file never guesses from a clock. A bar without trades carries the last close with
 * trades 0. Bars are contiguous once the first trade was seen; the first is incomplete, for what came
 * before it is unknown. A lost window marks every bar that it touches.
 * Realised variance: from mid prices where quotes were there for the whole bar, else from last trades.
 * Units: times in microseconds in, milliseconds in the bar; NaN realised variance where no grid stands.
 */
import type { Bar } from './bar.ts';
import { PriceGrid } from './price-grid.ts';
import { realisedVariance } from './realised-variance.ts';

export interface BarBuilderOptions {
  readonly intervalMs: number;
  /** Seconds between the points of one sub-grid. */
  readonly varianceStep: number;
  readonly emit: (bar: Bar) => void;
}

/** Beyond this many empty bars a jump in time is a new beginning, not a silence. */
const LONGEST_SILENCE_BARS = 7 * 1440;

interface PendingQuote {
  timeUs: number;
  mid: number;
}

export class BarBuilder {
  readonly #options: BarBuilderOptions;
  readonly #lengthUs: number;
  readonly #tradeGrid: PriceGrid;
  readonly #midGrid: PriceGrid;
  /** Mids that came after the open bar's end while it waits to be closed: at most one a second is kept. */
  #ahead: PendingQuote[] = [];
  #openUs = Number.NaN;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = 0;
  #volume = 0;
  #trades = 0;
  #incomplete = true;
  #quotesWhole = false;
  #lostUntilUs = Number.NEGATIVE_INFINITY;
  #late = 0;

  constructor(options: BarBuilderOptions) {
    this.#options = options;
    this.#lengthUs = options.intervalMs * 1000;
    this.#tradeGrid = new PriceGrid(options.intervalMs);
    this.#midGrid = new PriceGrid(options.intervalMs);
  }

  /** End of the open bar in microseconds; NaN before the first trade. */
  get openBarEndUs(): number {
    return this.#openUs + this.#lengthUs;
  }

  /** Trades in the open bar so far. */
  get openBarTrades(): number {
    return this.#trades;
  }

  /** Trades whose own time lies before the open bar, which takes them in and is incomplete for it. */
  get lateTrades(): number {
    return this.#late;
  }

  trade(price: number, quantity: number, fills: number, tradeUs: number): void {
    if (!(tradeUs - this.#openUs <= LONGEST_SILENCE_BARS * this.#lengthUs)) this.#begin(tradeUs);
    this.closeUntil(tradeUs);
    if (tradeUs < this.#openUs) {
      this.#late += fills;
      this.#incomplete = true;
    }
    if (this.#trades === 0) {
      this.#open = this.#high = this.#low = price;
    } else if (price > this.#high) this.#high = price;
    else if (price < this.#low) this.#low = price;
    this.#close = price;
    this.#volume += quantity;
    this.#trades += fills;
    this.#tradeGrid.set(tradeUs, price);
  }

  quote(mid: number, exchangeUs: number): void {
    if (Number.isNaN(this.#openUs)) return;
    if (exchangeUs < this.openBarEndUs) {
      this.#midGrid.set(exchangeUs, mid);
      return;
    }
    const newest = this.#ahead.at(-1);
    if (newest !== undefined && Math.floor(newest.timeUs / 1e6) === Math.floor(exchangeUs / 1e6))
      newest.mid = mid;
    else this.#ahead.push({ timeUs: exchangeUs, mid });
  }

  /** Quotes may have been missed: the bars this touches fall back to trades for their variance. */
  breakQuotes(): void {
    this.#quotesWhole = false;
    this.#midGrid.forget();
    this.#ahead = [];
  }

  lost(fromUs: number, toUs: number): void {
    this.#lostUntilUs = Math.max(this.#lostUntilUs, toUs);
    if (fromUs < this.openBarEndUs) this.#incomplete = true;
  }

  /** Closes every bar that ends at or before `provenUs`: the caller knows that all trades before it are in. */
  closeUntil(provenUs: number): void {
    while (provenUs >= this.openBarEndUs) this.#closeBar();
  }

  #begin(tradeUs: number): void {
    if (!Number.isNaN(this.#openUs)) this.#closeBar();
    this.#openUs = Math.floor(tradeUs / this.#lengthUs) * this.#lengthUs;
    this.breakQuotes();
    this.#tradeGrid.forget();
    this.#tradeGrid.open(this.#openUs);
    this.#midGrid.open(this.#openUs);
    this.#trades = 0;
    this.#volume = 0;
    this.#incomplete = true;
  }

  #closeBar(): void {
    const { intervalMs, varianceStep, emit } = this.#options;
    const bar: Bar = {
      openTimeMs: this.#openUs / 1000,
      intervalMs,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.#close,
      volume: this.#volume,
      trades: this.#trades,
      realisedVariance: realisedVariance(
        this.#quotesWhole ? this.#midGrid.finish() : this.#tradeGrid.finish(),
        varianceStep,
      ),
      complete: !this.#incomplete,
    };
    this.#openNext();
    emit(bar);
  }

  #openNext(): void {
    this.#openUs += this.#lengthUs;
    this.#open = this.#high = this.#low = this.#close;
    this.#volume = 0;
    this.#trades = 0;
    this.#incomplete = this.#lostUntilUs >= this.#openUs;
    this.#tradeGrid.finish();
    this.#tradeGrid.open(this.#openUs);
    this.#midGrid.open(this.#openUs);
    this.#quotesWhole = this.#midGrid.anchored;
    const waiting = this.#ahead;
    this.#ahead = [];
    for (const { timeUs, mid } of waiting) this.quote(mid, timeUs);
  }
}
