/**
 * Statistics over the trailing day and the trailing five minutes, summed from klines.
 * Units: ticks, steps; average price in quote units; times in microseconds.
 */
import { DAY_MS, MINUTE_MS } from './bar-node.ts';
import { findInterval } from './kline-interval.ts';
import type { Kline, MarketData } from './market-data.ts';

const FIVE_MINUTES = findInterval('5m')!;
const ONE_MINUTE = findInterval('1m')!;
const BARS_PER_DAY = DAY_MS / FIVE_MINUTES.widthMs;
const AVERAGE_MINUTES = 5;

export interface AveragePrice {
  readonly price: number;
  readonly lastTradeUs: number;
}

/** The trailing 24 hours on a five-minute grid, the running bar included; undefined before the first trade. */
export function daySummary(market: MarketData, symbol: number, asOfUs: number): Kline | undefined {
  const bars = market.klines(symbol, FIVE_MINUTES, {}, BARS_PER_DAY + 1, asOfUs);
  const [first, ...rest] = bars;
  if (first === undefined) return undefined;
  const day = { ...first };
  for (const bar of rest) {
    day.high = Math.max(day.high, bar.high);
    day.low = Math.min(day.low, bar.low);
    day.close = bar.close;
    day.closeMs = bar.closeMs;
    day.volume += bar.volume;
    day.takerBuy += bar.takerBuy;
    day.quoteVolume += bar.quoteVolume;
    day.takerQuote += bar.takerQuote;
    day.trades += bar.trades;
    day.lastTradeId = bar.lastTradeId;
  }
  return day;
}

/** Volume-weighted over the last five minutes; the last price where nothing traded in them. */
export function averagePrice(market: MarketData, symbol: number, asOfUs: number): AveragePrice | undefined {
  const newest = market.newestTrades(symbol, 1, asOfUs)[0];
  if (newest === undefined) return undefined;
  const { priceDecimals, quantityDecimals } = market.instruments[symbol]!;
  const startMs = asOfUs / 1000 - AVERAGE_MINUTES * MINUTE_MS;
  const bars = market.klines(symbol, ONE_MINUTE, { startMs }, AVERAGE_MINUTES + 1, asOfUs);
  let quote = 0;
  let volume = 0;
  for (const bar of bars) {
    quote += bar.quoteVolume;
    volume += bar.volume * 10 ** -quantityDecimals;
  }
  const price = volume > 0 ? quote / volume : newest.price * 10 ** -priceDecimals;
  return { price, lastTradeUs: newest.timeUs };
}
