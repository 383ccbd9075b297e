/**
 * The synthetic market: every listed symbol's history on demand, and its prints as time passes.
 * Flow: law, bar trees, tapes -> here -> REST pages and live streams, which therefore agree print by print.
 * Units: microseconds on the exchange's clock; bar edges in milliseconds.
 */

import type { ConditionalLaw } from '../law/return-process.ts';
import { type KlineInterval, selectOpens } from './kline-interval.ts';
import type { AggregateTrade, BestQuote, Kline, MarketData, SingleTrade, TimeRange } from './market-data.ts';
import type { RootPath } from './root-path.ts';
import { aggregateAt, printedBy, quoteAfter, type SyntheticSymbol, tradeAt } from './synthetic-symbol.ts';

export class SyntheticMarket implements MarketData {
  readonly provenance = 'synthetic';
  readonly settleMs = 0;
  readonly symbols: readonly SyntheticSymbol[];

  constructor(symbols: readonly SyntheticSymbol[]) {
    this.symbols = symbols;
  }

  get instruments() {
    return this.symbols.map((symbol) => symbol.instrument);
  }

  klines(symbol: number, interval: KlineInterval, range: TimeRange, limit: number, asOfUs: number): Kline[] {
    const path = this.#path(symbol, asOfUs);
    const opens = selectOpens(interval, range, limit, path.listedMs, asOfUs / 1000);
    const page: Kline[] = [];
    for (let openMs = opens.firstMs; openMs <= opens.lastMs; openMs += interval.widthMs) {
      const kline = this.symbols[symbol]!.klineAt(interval, openMs, asOfUs);
      if (kline !== undefined) page.push(kline);
    }
    return page;
  }

  klineAt(symbol: number, interval: KlineInterval, timeMs: number, asOfUs: number): Kline | undefined {
    this.#path(symbol, asOfUs);
    return this.symbols[symbol]!.klineAt(interval, timeMs, asOfUs);
  }

  aggregatesFrom(symbol: number, fromId: number, limit: number, asOfUs: number): AggregateTrade[] {
    this.#path(symbol, asOfUs);
    const source = this.symbols[symbol]!;
    const page: AggregateTrade[] = [];
    const firstId = Math.max(1, fromId);
    for (let leaf = source.leafOfId(firstId, 'aggregate'); leaf !== undefined; leaf = source.after(leaf)) {
      if (leaf.openMs * 1000 > asOfUs) break;
      const tape = source.tapeOf(leaf);
      const published = printedBy(tape, asOfUs);
      for (let k = Math.max(0, firstId - leaf.firstAggregateId); k < published; k++) {
        page.push(aggregateAt(tape, k));
        if (page.length === limit) return page;
      }
    }
    return page;
  }

  aggregatesIn(symbol: number, range: TimeRange, limit: number, asOfUs: number): AggregateTrade[] {
    const path = this.#path(symbol, asOfUs);
    const endUs = Math.min(asOfUs, range.endMs === undefined ? asOfUs : range.endMs * 1000 + 999);
    const source = this.symbols[symbol]!;
    if (range.startMs === undefined) return this.#aggregatesBack(source, limit, endUs);
    const startUs = Math.max(range.startMs, path.listedMs) * 1000;
    const leaf = source.tree.leafAt(startUs / 1000);
    if (leaf === undefined || startUs > endUs) return [];
    const skipped = printedBy(source.tapeOf(leaf), startUs - 1);
    return this.aggregatesFrom(symbol, leaf.firstAggregateId + skipped, limit, endUs);
  }

  tradesFrom(symbol: number, fromId: number, limit: number, asOfUs: number): SingleTrade[] {
    this.#path(symbol, asOfUs);
    const source = this.symbols[symbol]!;
    const page: SingleTrade[] = [];
    const firstId = Math.max(1, fromId);
    for (let leaf = source.leafOfId(firstId, 'trade'); leaf !== undefined; leaf = source.after(leaf)) {
      if (leaf.openMs * 1000 > asOfUs) break;
      const tape = source.tapeOf(leaf);
      const published = printedBy(tape, asOfUs);
      for (let k = 0; k < published; k++)
        for (let i = tape.fillStart[k]!; i < tape.fillStart[k + 1]!; i++) {
          if (leaf.firstTradeId + i < firstId) continue;
          page.push(tradeAt(tape, k, i));
          if (page.length === limit) return page;
        }
    }
    return page;
  }

  newestTrades(symbol: number, limit: number, asOfUs: number): SingleTrade[] {
    const newest = this.aggregatesIn(symbol, {}, 1, asOfUs)[0];
    return newest === undefined ? [] : this.tradesFrom(symbol, newest.lastTradeId - limit + 1, limit, asOfUs);
  }

  quote(symbol: number, asOfUs: number): BestQuote | undefined {
    this.#path(symbol, asOfUs);
    const source = this.symbols[symbol]!;
    for (let leaf = source.tree.leafAt(asOfUs / 1000); leaf !== undefined; leaf = source.before(leaf)) {
      const tape = source.tapeOf(leaf);
      const published = printedBy(tape, asOfUs);
      if (published > 0) return quoteAfter(tape, published - 1);
    }
    return undefined;
  }

  setRegime(volatilityScale: number, nowUs: number): boolean {
    for (const symbol of this.symbols) symbol.setRegime(volatilityScale, nowUs / 1000);
    return true;
  }

  lawAt(symbol: number, openMs: number): ConditionalLaw | undefined {
    return this.symbols[symbol]?.tree.path.lawAt(openMs);
  }

  /** Draws what is needed to speak about this moment. */
  #path(symbol: number, asOfUs: number): RootPath {
    const path = this.symbols[symbol]!.tree.path;
    path.extendTo(asOfUs / 1000);
    return path;
  }

  #aggregatesBack(source: SyntheticSymbol, limit: number, endUs: number): AggregateTrade[] {
    const page: AggregateTrade[] = [];
    for (let leaf = source.tree.leafAt(endUs / 1000); leaf !== undefined; leaf = source.before(leaf)) {
      const tape = source.tapeOf(leaf);
      for (let k = printedBy(tape, endUs) - 1; k >= 0 && page.length < limit; k--) {
        page.push(aggregateAt(tape, k));
      }
      if (page.length === limit) break;
    }
    return page.reverse();
  }
}
