/**
 * A captured market seen through the same door as the synthetic one: REST pages and bars from the capture's
 * own trades, nothing before its frame has been played.
 * Flow: captured symbols -> here -> REST, periodic streams.
 */
import { KlineBuilder } from '../market/kline-builder.ts';
import { type KlineInterval, openOf, selectOpens } from '../market/kline-interval.ts';
import type {
  AggregateTrade,
  BestQuote,
  Kline,
  MarketData,
  SingleTrade,
  TimeRange,
} from '../market/market-data.ts';
import { type CapturedSymbol, type Published, publishedBy } from './captured-symbol.ts';

/** Longest delay between a trade and its frame in the captures at hand is 0.22 s. */
const SETTLE_MS = 500;

export class ReplayMarket implements MarketData {
  readonly provenance = 'replay';
  readonly settleMs = SETTLE_MS;
  readonly symbols: readonly CapturedSymbol[];

  constructor(symbols: readonly CapturedSymbol[]) {
    this.symbols = symbols;
  }

  get instruments() {
    return this.symbols.map((symbol) => symbol.instrument);
  }

  klines(symbol: number, interval: KlineInterval, range: TimeRange, limit: number, asOfUs: number): Kline[] {
    const first = this.symbols[symbol]!.trades[0];
    if (first === undefined) return [];
    const opens = selectOpens(interval, range, limit, first.value.timeUs / 1000, asOfUs / 1000);
    const page: Kline[] = [];
    for (let openMs = opens.firstMs; openMs <= opens.lastMs; openMs += interval.widthMs) {
      const kline = this.klineAt(symbol, interval, openMs, asOfUs);
      if (kline !== undefined) page.push(kline);
    }
    return page;
  }

  klineAt(symbol: number, interval: KlineInterval, timeMs: number, asOfUs: number): Kline | undefined {
    const { trades, instrument } = this.symbols[symbol]!;
    const openMs = openOf(interval, timeMs);
    const unit = 10 ** -(instrument.priceDecimals + instrument.quantityDecimals);
    const builder = new KlineBuilder(openMs, interval.widthMs, unit, true);
    const end = publishedBy(trades, asOfUs);
    for (let i = firstAtOrAfter(trades, openMs * 1000); i < end; i++) {
      const trade = trades[i]!.value;
      if (trade.timeUs >= (openMs + interval.widthMs) * 1000) break;
      builder.addTrade(trade);
    }
    return builder.build();
  }

  aggregatesFrom(symbol: number, fromId: number, limit: number, asOfUs: number): AggregateTrade[] {
    return pageFrom(this.symbols[symbol]!.aggregates, fromId, limit, asOfUs);
  }

  aggregatesIn(symbol: number, range: TimeRange, limit: number, asOfUs: number): AggregateTrade[] {
    const series = this.symbols[symbol]!.aggregates;
    const endUs = range.endMs === undefined ? Number.POSITIVE_INFINITY : range.endMs * 1000 + 999;
    const from = range.startMs === undefined ? 0 : firstAtOrAfter(series, range.startMs * 1000);
    const inRange = series
      .slice(from, publishedBy(series, asOfUs))
      .map((entry) => entry.value)
      .filter((trade) => trade.timeUs <= endUs);
    return range.startMs === undefined ? inRange.slice(-limit) : inRange.slice(0, limit);
  }

  tradesFrom(symbol: number, fromId: number, limit: number, asOfUs: number): SingleTrade[] {
    return pageFrom(this.symbols[symbol]!.trades, fromId, limit, asOfUs);
  }

  newestTrades(symbol: number, limit: number, asOfUs: number): SingleTrade[] {
    const { trades } = this.symbols[symbol]!;
    const end = publishedBy(trades, asOfUs);
    return trades.slice(Math.max(0, end - limit), end).map((entry) => entry.value);
  }

  quote(symbol: number, asOfUs: number): BestQuote | undefined {
    const { quotes } = this.symbols[symbol]!;
    return quotes[publishedBy(quotes, asOfUs) - 1]?.value;
  }

  /** What happened has happened. */
  setRegime(): boolean {
    return false;
  }

  lawAt(): undefined {
    return undefined;
  }
}

function pageFrom<T extends SingleTrade>(
  series: readonly Published<T>[],
  fromId: number,
  limit: number,
  asOfUs: number,
): T[] {
  const firstId = series[0]?.value.id ?? 0;
  const from = Math.max(0, fromId - firstId);
  return series.slice(from, Math.min(from + limit, publishedBy(series, asOfUs))).map((entry) => entry.value);
}

/** Trade times rise with ids within a symbol. */
function firstAtOrAfter(series: readonly Published<SingleTrade>[], timeUs: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (series[middle]!.value.timeUs < timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
