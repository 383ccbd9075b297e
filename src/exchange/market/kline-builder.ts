/**
 * Sums bars and prints into one kline, oldest first.
 * Units: ticks, steps; quote volumes in quote units. The quote volume of a synthetic bar is volume times the
 * mean of open, high, low and close: the tree fixes prices and volumes exactly, but not their product.
 */
import type { BarNode } from './bar-node.ts';
import type { Kline, SingleTrade } from './market-data.ts';

export class KlineBuilder {
  readonly #openMs: number;
  readonly #closeMs: number;
  readonly #unit: number;
  #open = 0;
  #high = 0;
  #low = Number.POSITIVE_INFINITY;
  #close = 0;
  #volume = 0;
  #takerBuy = 0;
  #trades = 0;
  #firstTradeId = 0;
  #exactQuote = 0;
  #exactTaker = 0;
  readonly #exact: boolean;

  /** `unit` is one tick times one step, in quote units; `exact` sums quote volume print by print. */
  constructor(openMs: number, widthMs: number, unit: number, exact: boolean) {
    this.#openMs = openMs;
    this.#closeMs = openMs + widthMs - 1;
    this.#unit = unit;
    this.#exact = exact;
  }

  addBar(bar: BarNode): void {
    this.#extend(bar.open, bar.high, bar.low, bar.close, bar.firstTradeId);
    this.#volume += bar.volume;
    this.#takerBuy += bar.takerBuy;
    this.#trades += bar.trades;
  }

  addTrade(trade: SingleTrade): void {
    this.#extend(trade.price, trade.price, trade.price, trade.price, trade.id);
    this.#volume += trade.quantity;
    this.#exactQuote += trade.price * trade.quantity * this.#unit;
    this.#trades += 1;
    if (trade.buyerIsMaker) return;
    this.#takerBuy += trade.quantity;
    this.#exactTaker += trade.price * trade.quantity * this.#unit;
  }

  /** Undefined while nothing has traded. */
  build(): Kline | undefined {
    if (this.#trades === 0) return undefined;
    const typical = ((this.#open + this.#high + this.#low + this.#close) / 4) * this.#unit;
    return {
      openMs: this.#openMs,
      closeMs: this.#closeMs,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: this.#close,
      volume: this.#volume,
      takerBuy: this.#takerBuy,
      quoteVolume: this.#exact ? this.#exactQuote : this.#volume * typical,
      takerQuote: this.#exact ? this.#exactTaker : this.#takerBuy * typical,
      trades: this.#trades,
      firstTradeId: this.#firstTradeId,
      lastTradeId: this.#firstTradeId + this.#trades - 1,
    };
  }

  #extend(open: number, high: number, low: number, close: number, firstTradeId: number): void {
    if (this.#trades === 0) {
      this.#open = open;
      this.#firstTradeId = firstTradeId;
    }
    this.#high = Math.max(this.#high, high);
    this.#low = Math.min(this.#low, low);
    this.#close = close;
  }
}
