/**
 * Event payloads in the exchange's field order, written straight into text.
 * Flow: market data -> here -> channels (streams) .
 * Units: times in milliseconds, or microseconds where the link asked for them; amounts as decimal strings.
 */
import type { Instrument } from '../market/instrument.ts';
import type { AggregateTrade, BestQuote, Kline, SingleTrade } from '../market/market-data.ts';
import { formatAmount, formatUnits } from './decimal.ts';

/** A time as one link's unit has it. */
export function stamp(timeUs: number, micro: boolean): number {
  return micro ? timeUs : Math.floor(timeUs / 1000);
}

export function tradePayload(of: Instrument, trade: SingleTrade, eventUs: number, micro: boolean): string {
  const { price, quantity } = amounts(of, trade);
  return `{"e":"trade","E":${stamp(eventUs, micro)},"s":"${of.symbol}","t":${trade.id},"p":"${price}","q":"${quantity}","T":${stamp(trade.timeUs, micro)},"m":${trade.buyerIsMaker},"M":true}`;
}

export function aggregatePayload(
  of: Instrument,
  trade: AggregateTrade,
  eventUs: number,
  micro: boolean,
): string {
  const { price, quantity } = amounts(of, trade);
  return `{"e":"aggTrade","E":${stamp(eventUs, micro)},"s":"${of.symbol}","a":${trade.id},"p":"${price}","q":"${quantity}","f":${trade.firstTradeId},"l":${trade.lastTradeId},"T":${stamp(trade.timeUs, micro)},"m":${trade.buyerIsMaker},"M":true}`;
}

export function quotePayload(of: Instrument, quote: BestQuote): string {
  const { priceDecimals: p, quantityDecimals: q } = of;
  return `{"u":${quote.updateId},"s":"${of.symbol}","b":"${formatUnits(quote.bid, p)}","B":"${formatUnits(quote.bidQuantity, q)}","a":"${formatUnits(quote.ask, p)}","A":"${formatUnits(quote.askQuantity, q)}"}`;
}

export function klinePayload(
  of: Instrument,
  interval: string,
  kline: Kline,
  closed: boolean,
  eventUs: number,
  micro: boolean,
): string {
  const { priceDecimals: p, quantityDecimals: q, symbol } = of;
  const openUs = kline.openMs * 1000;
  const closeUs = (kline.closeMs + 1) * 1000 - 1;
  return (
    `{"e":"kline","E":${stamp(eventUs, micro)},"s":"${symbol}","k":{"t":${stamp(openUs, micro)},` +
    `"T":${stamp(closeUs, micro)},"s":"${symbol}","i":"${interval}","f":${kline.firstTradeId},"L":${kline.lastTradeId},` +
    `"o":"${formatUnits(kline.open, p)}","c":"${formatUnits(kline.close, p)}","h":"${formatUnits(kline.high, p)}",` +
    `"l":"${formatUnits(kline.low, p)}","v":"${formatUnits(kline.volume, q)}","n":${kline.trades},"x":${closed},` +
    `"q":"${formatAmount(kline.quoteVolume)}","V":"${formatUnits(kline.takerBuy, q)}","Q":"${formatAmount(kline.takerQuote)}","B":"0"}}`
  );
}

export function miniTickerPayload(of: Instrument, day: Kline, eventUs: number, micro: boolean): string {
  const { priceDecimals: p, quantityDecimals: q } = of;
  return (
    `{"e":"24hrMiniTicker","E":${stamp(eventUs, micro)},"s":"${of.symbol}","c":"${formatUnits(day.close, p)}",` +
    `"o":"${formatUnits(day.open, p)}","h":"${formatUnits(day.high, p)}","l":"${formatUnits(day.low, p)}",` +
    `"v":"${formatUnits(day.volume, q)}","q":"${formatAmount(day.quoteVolume)}"}`
  );
}

export function averagePricePayload(
  of: Instrument,
  average: number,
  lastTradeUs: number,
  eventUs: number,
  micro: boolean,
): string {
  return `{"e":"avgPrice","E":${stamp(eventUs, micro)},"s":"${of.symbol}","i":"5m","w":"${formatAmount(average)}","T":${stamp(lastTradeUs, micro)}}`;
}

export function shutdownPayload(eventUs: number, micro: boolean): string {
  return `{"e":"serverShutdown","E":${stamp(eventUs, micro)}}`;
}

function amounts(of: Instrument, trade: SingleTrade) {
  return {
    price: formatUnits(trade.price, of.priceDecimals),
    quantity: formatUnits(trade.quantity, of.quantityDecimals),
  };
}
