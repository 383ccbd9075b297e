/**
 * The keyless market-data endpoints.
 * Flow: query -> market data -> here -> JSON text in the exchange's field order.
 * Units: times in milliseconds, or microseconds where the request's header asked for them.
 */
import type { Instrument } from '../market/instrument.ts';
import type { AggregateTrade, Kline, MarketData, SingleTrade } from '../market/market-data.ts';
import { averagePrice } from '../market/rolling-window.ts';
import { formatAmount, formatUnits } from '../wire/decimal.ts';
import { stamp } from '../wire/payloads.ts';
import { exchangeInfo } from './exchange-info.ts';
import type { QueryReader } from './query-reader.ts';
import { FAULTS, ok, type Reply } from './reply.ts';

export interface RestContext {
  readonly market: MarketData;
  readonly weightLimit: number;
  /** The edge of what the database behind klines and trades already holds. */
  readonly publishedUs: (symbol: number) => number;
  readonly statedUs: number;
  readonly micro: boolean;
}

export interface Endpoint {
  readonly weight: (query: QueryReader) => number;
  readonly handle: (query: QueryReader, context: RestContext) => Reply;
}

const oneOrMany = (query: QueryReader) => (query.params.has('symbol') ? 2 : 4);

export const MARKET_ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['/api/v3/ping', { weight: () => 1, handle: () => ok('{}') }],
  ['/api/v3/time', { weight: () => 1, handle: time }],
  ['/api/v3/exchangeInfo', { weight: () => 20, handle: info }],
  ['/api/v3/klines', { weight: () => 2, handle: klines }],
  ['/api/v3/uiKlines', { weight: () => 2, handle: klines }],
  ['/api/v3/aggTrades', { weight: () => 4, handle: aggregates }],
  ['/api/v3/trades', { weight: () => 25, handle: newestTrades }],
  ['/api/v3/historicalTrades', { weight: () => 25, handle: historicalTrades }],
  ['/api/v3/ticker/price', { weight: oneOrMany, handle: tickerPrice }],
  ['/api/v3/ticker/bookTicker', { weight: oneOrMany, handle: bookTicker }],
  ['/api/v3/avgPrice', { weight: () => 2, handle: average }],
]);

function time(_query: QueryReader, context: RestContext): Reply {
  return ok(`{"serverTime":${stamp(context.statedUs, context.micro)}}`);
}

function info(query: QueryReader, context: RestContext): Reply {
  const { instruments } = context.market;
  const chosen = query.symbols(instruments).map((index) => instruments[index]!);
  return query.fault ?? ok(exchangeInfo(chosen, stamp(context.statedUs, context.micro), context.weightLimit));
}

function klines(query: QueryReader, { market, publishedUs, micro }: RestContext): Reply {
  const symbol = query.symbol(market.instruments);
  const interval = query.interval();
  const range = query.range();
  const limit = query.limit();
  if (query.fault !== undefined) return query.fault;
  const of = market.instruments[symbol]!;
  const rows = market.klines(symbol, interval, range, limit, publishedUs(symbol));
  return ok(`[${rows.map((row) => klineRow(of, row, micro)).join(',')}]`);
}

function aggregates(query: QueryReader, { market, publishedUs, micro }: RestContext): Reply {
  const symbol = query.symbol(market.instruments);
  const fromId = query.integer('fromId');
  const range = query.range();
  const limit = query.limit();
  if (fromId !== undefined && (range.startMs ?? range.endMs) !== undefined)
    query.refuse(FAULTS.combination());
  if (query.fault !== undefined) return query.fault;
  const of = market.instruments[symbol]!;
  const rows =
    fromId === undefined
      ? market.aggregatesIn(symbol, range, limit, publishedUs(symbol))
      : market.aggregatesFrom(symbol, fromId, limit, publishedUs(symbol));
  return ok(`[${rows.map((row) => aggregateRow(of, row, micro)).join(',')}]`);
}

function newestTrades(query: QueryReader, { market, publishedUs, micro }: RestContext): Reply {
  const symbol = query.symbol(market.instruments);
  const limit = query.limit();
  if (query.fault !== undefined) return query.fault;
  const rows = market.newestTrades(symbol, limit, publishedUs(symbol));
  return ok(tradeRows(market.instruments[symbol]!, rows, micro));
}

function historicalTrades(query: QueryReader, context: RestContext): Reply {
  const { market, publishedUs, micro } = context;
  const symbol = query.symbol(market.instruments);
  const fromId = query.integer('fromId');
  const limit = query.limit();
  if (query.fault !== undefined) return query.fault;
  if (fromId === undefined) return newestTrades(query, context);
  return ok(
    tradeRows(
      market.instruments[symbol]!,
      market.tradesFrom(symbol, fromId, limit, publishedUs(symbol)),
      micro,
    ),
  );
}

function tickerPrice(query: QueryReader, { market, publishedUs }: RestContext): Reply {
  const rows = query.symbols(market.instruments).map((symbol) => {
    const of = market.instruments[symbol]!;
    const last = market.newestTrades(symbol, 1, publishedUs(symbol))[0];
    return `{"symbol":"${of.symbol}","price":"${formatUnits(last?.price ?? 0, of.priceDecimals)}"}`;
  });
  return query.fault ?? ok(oneOrList(query, rows));
}

function bookTicker(query: QueryReader, { market, publishedUs }: RestContext): Reply {
  const rows = query.symbols(market.instruments).map((symbol) => {
    const { symbol: name, priceDecimals: p, quantityDecimals: q } = market.instruments[symbol]!;
    const quote = market.quote(symbol, publishedUs(symbol)) ?? {
      bid: 0,
      bidQuantity: 0,
      ask: 0,
      askQuantity: 0,
    };
    return `{"symbol":"${name}","bidPrice":"${formatUnits(quote.bid, p)}","bidQty":"${formatUnits(quote.bidQuantity, q)}","askPrice":"${formatUnits(quote.ask, p)}","askQty":"${formatUnits(quote.askQuantity, q)}"}`;
  });
  return query.fault ?? ok(oneOrList(query, rows));
}

function average(query: QueryReader, { market, publishedUs, micro }: RestContext): Reply {
  const symbol = query.symbol(market.instruments);
  if (query.fault !== undefined) return query.fault;
  const { price, lastTradeUs } = averagePrice(market, symbol, publishedUs(symbol)) ?? {
    price: 0,
    lastTradeUs: 0,
  };
  return ok(`{"mins":5,"price":"${formatAmount(price)}","closeTime":${stamp(lastTradeUs, micro)}}`);
}

function oneOrList(query: QueryReader, rows: readonly string[]): string {
  return query.params.has('symbol') ? (rows[0] ?? '{}') : `[${rows.join(',')}]`;
}

function klineRow({ priceDecimals: p, quantityDecimals: q }: Instrument, k: Kline, micro: boolean): string {
  const openUs = stamp(k.openMs * 1000, micro);
  const closeUs = stamp((k.closeMs + 1) * 1000 - 1, micro);
  return `[${openUs},"${formatUnits(k.open, p)}","${formatUnits(k.high, p)}","${formatUnits(k.low, p)}","${formatUnits(k.close, p)}","${formatUnits(k.volume, q)}",${closeUs},"${formatAmount(k.quoteVolume)}",${k.trades},"${formatUnits(k.takerBuy, q)}","${formatAmount(k.takerQuote)}","0"]`;
}

function aggregateRow(of: Instrument, t: AggregateTrade, micro: boolean): string {
  return `{"a":${t.id},"p":"${formatUnits(t.price, of.priceDecimals)}","q":"${formatUnits(t.quantity, of.quantityDecimals)}","f":${t.firstTradeId},"l":${t.lastTradeId},"T":${stamp(t.timeUs, micro)},"m":${t.buyerIsMaker},"M":true}`;
}

function tradeRows(of: Instrument, trades: readonly SingleTrade[], micro: boolean): string {
  const unit = 10 ** -(of.priceDecimals + of.quantityDecimals);
  const rows = trades.map(
    (t) =>
      `{"id":${t.id},"price":"${formatUnits(t.price, of.priceDecimals)}","qty":"${formatUnits(t.quantity, of.quantityDecimals)}","quoteQty":"${formatAmount(t.price * t.quantity * unit)}","time":${stamp(t.timeUs, micro)},"isBuyerMaker":${t.buyerIsMaker},"isBestMatch":true}`,
  );
  return `[${rows.join(',')}]`;
}
