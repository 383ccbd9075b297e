/**
 * One symbol of a capture: its trades in the order they were published, and the aggregates and quotes
 * that follow from the frames.
 * Flow: captured frames -> here -> replay market.
 * Units: ticks and steps on the finest grid the capture uses; times in microseconds. `publishedUs` rises.
 */
import { createInstrument, type Instrument } from '../market/instrument.ts';
import type { AggregateTrade, BestQuote, SingleTrade } from '../market/market-data.ts';
import { parseUnits } from '../wire/decimal.ts';
import type { CapturedFrame } from './capture.ts';

export interface Published<T> {
  readonly publishedUs: number;
  readonly value: T;
}

export interface CapturedSymbol {
  readonly instrument: Instrument;
  readonly trades: readonly Published<SingleTrade>[];
  readonly aggregates: readonly Published<AggregateTrade>[];
  readonly quotes: readonly Published<BestQuote>[];
}

interface TradePayload {
  readonly t: number;
  readonly p: string;
  readonly q: string;
  readonly T: number;
  readonly m: boolean;
}

interface QuotePayload {
  readonly u: number;
  readonly b: string;
  readonly B: string;
  readonly a: string;
  readonly A: string;
}

export function captureSymbol(symbol: string, frames: readonly CapturedFrame[]): CapturedSymbol {
  const name = symbol.toLowerCase();
  const rawTrades = frames.filter((frame) => frame.stream === `${name}@trade`).map(parsed<TradePayload>);
  const rawQuotes = frames.filter((frame) => frame.stream === `${name}@bookTicker`).map(parsed<QuotePayload>);
  const priceDecimals = decimalsOf([
    ...rawTrades.map((trade) => trade.value.p),
    ...rawQuotes.flatMap((quote) => [quote.value.b, quote.value.a]),
  ]);
  const quantityDecimals = decimalsOf([
    ...rawTrades.map((trade) => trade.value.q),
    ...rawQuotes.flatMap((quote) => [quote.value.B, quote.value.A]),
  ]);
  const price = (text: string) => parseUnits(text, priceDecimals);
  const quantity = (text: string) => parseUnits(text, quantityDecimals);
  const trades = rawTrades.map(({ publishedUs, value: t }) => {
    const trade = {
      id: t.t,
      price: price(t.p),
      quantity: quantity(t.q),
      timeUs: t.T * 1000,
      buyerIsMaker: t.m,
    };
    return { publishedUs, value: trade };
  });
  const quotes = rawQuotes.map(({ publishedUs, value: q }) => {
    const quote = {
      bid: price(q.b),
      bidQuantity: quantity(q.B),
      ask: price(q.a),
      askQuantity: quantity(q.A),
    };
    return { publishedUs, value: { updateId: q.u, ...quote } };
  });
  return {
    instrument: { ...createInstrument(symbol), priceDecimals, quantityDecimals },
    trades,
    aggregates: aggregate(trades),
    quotes,
  };
}

/** Trades of one taker order share time, price and side; an aggregate is known once its last trade is. */
export function aggregate(trades: readonly Published<SingleTrade>[]): Published<AggregateTrade>[] {
  const out: Published<AggregateTrade>[] = [];
  for (const { publishedUs, value: trade } of trades) {
    const open = out.at(-1)?.value;
    const joins =
      open !== undefined &&
      open.timeUs === trade.timeUs &&
      open.price === trade.price &&
      open.buyerIsMaker === trade.buyerIsMaker;
    if (joins) {
      const quantity = open.quantity + trade.quantity;
      out[out.length - 1] = { publishedUs, value: { ...open, quantity, lastTradeId: trade.id } };
    } else {
      const ids = { id: out.length + 1, firstTradeId: trade.id, lastTradeId: trade.id };
      out.push({ publishedUs, value: { ...trade, ...ids } });
    }
  }
  return out;
}

/** Number of leading entries published at or before the time. */
export function publishedBy(series: readonly Published<unknown>[], timeUs: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (series[middle]!.publishedUs <= timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function parsed<T>(frame: CapturedFrame): Published<T> {
  return { publishedUs: frame.atUs, value: JSON.parse(frame.payload) as T };
}

function decimalsOf(texts: readonly string[]): number {
  let most = 0;
  for (const text of texts) {
    const point = text.indexOf('.');
    let end = text.length;
    while (end > point + 1 && text[end - 1] === '0') end -= 1;
    if (point >= 0) most = Math.max(most, end - point - 1);
  }
  return most;
}
