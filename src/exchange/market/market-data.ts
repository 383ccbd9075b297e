/**
 * What a market offers to the wire, whether it is synthetic or replayed.
 * Units: prices in ticks and quantities in steps of the instrument's grids; quote volumes in quote units;
 * times in microseconds on the exchange's clock, bar edges in milliseconds.
 * `asOfUs` is the edge of what is published: nothing later is ever shown.
 */
import type { ConditionalLaw } from '../law/return-process.ts';
import type { Instrument } from './instrument.ts';
import type { KlineInterval } from './kline-interval.ts';

export interface Kline {
  readonly openMs: number;
  readonly closeMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly takerBuy: number;
  readonly quoteVolume: number;
  readonly takerQuote: number;
  readonly trades: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

export interface SingleTrade {
  readonly id: number;
  readonly price: number;
  readonly quantity: number;
  readonly timeUs: number;
  readonly buyerIsMaker: boolean;
}

export interface AggregateTrade extends SingleTrade {
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

export interface BestQuote {
  readonly updateId: number;
  readonly bid: number;
  readonly bidQuantity: number;
  readonly ask: number;
  readonly askQuantity: number;
}

/** Both ends inclusive. Start alone means oldest first from it; end alone or neither means the newest. */
export interface TimeRange {
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

export interface MarketData {
  readonly provenance: 'synthetic' | 'replay';
  readonly instruments: readonly Instrument[];
  /** A bar is announced as closed this long after its end, so that late frames are in it. */
  readonly settleMs: number;
  klines(symbol: number, interval: KlineInterval, range: TimeRange, limit: number, asOfUs: number): Kline[];
  /** The bar containing the time as known at `asOfUs`; undefined before its first trade. */
  klineAt(symbol: number, interval: KlineInterval, timeMs: number, asOfUs: number): Kline | undefined;
  aggregatesFrom(symbol: number, fromId: number, limit: number, asOfUs: number): AggregateTrade[];
  aggregatesIn(symbol: number, range: TimeRange, limit: number, asOfUs: number): AggregateTrade[];
  tradesFrom(symbol: number, fromId: number, limit: number, asOfUs: number): SingleTrade[];
  newestTrades(symbol: number, limit: number, asOfUs: number): SingleTrade[];
  quote(symbol: number, asOfUs: number): BestQuote | undefined;
  /** Multiplies volatility from the next minute, or from the next bar of a known law; false where it cannot. */
  setRegime(volatilityScale: number, nowUs: number): boolean;
  /** The true law of the log return over the root bar opening at the time; undefined where it is not known. */
  lawAt(symbol: number, openMs: number): ConditionalLaw | undefined;
}
