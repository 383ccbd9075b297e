/**
 * What the exchange lists: price and quantity grids, and the rough size of each market.
 * Flow: options -> here -> root path (price level, volatility), wire (decimals), exchangeInfo.
 * Units: prices are integers counted in ticks, quantities integers counted in steps; both grids are powers
 * of ten, so a decimal string is a shift of the integer.
 */
export interface Instrument {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Decimals of one tick and of one step. */
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
  /** Price at the start of the listed history, in quote units. */
  readonly listingPrice: number;
  /** Typical standard deviation of a day's log return. */
  readonly dailyVolatility: number;
  /** Loading on the common factor, in [0, 1]. */
  readonly marketLoading: number;
  /** Mean size of one trade, in quote units. */
  readonly tradeNotional: number;
  /** Names this instrument's random streams. */
  readonly streamKey: number;
}

const QUOTES = ['USDT', 'USDC', 'FDUSD', 'BTC', 'ETH', 'EUR'] as const;

/** Listing price, daily volatility, market loading, decimals of price and quantity. */
const KNOWN: Readonly<Record<string, readonly [number, number, number, number, number]>> = {
  BTC: [64000, 0.025, 0.85, 2, 5],
  ETH: [2600, 0.033, 0.84, 2, 4],
  SOL: [150, 0.042, 0.76, 2, 3],
  BNB: [580, 0.028, 0.74, 2, 3],
  XRP: [0.58, 0.04, 0.7, 4, 0],
  ADA: [0.38, 0.041, 0.74, 4, 1],
  DOGE: [0.12, 0.048, 0.68, 5, 0],
  AVAX: [26, 0.045, 0.74, 2, 2],
  LINK: [12, 0.043, 0.72, 2, 2],
  LTC: [68, 0.036, 0.72, 2, 3],
  DOT: [4.6, 0.042, 0.75, 3, 2],
  TRX: [0.15, 0.026, 0.45, 4, 1],
};

const UNKNOWN = [10, 0.045, 0.65, 3, 2] as const;

/** FNV-1a over the characters: equal names give equal markets whatever else is listed. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export function createInstrument(symbol: string): Instrument {
  const quote = QUOTES.find((asset) => symbol.endsWith(asset) && symbol.length > asset.length);
  if (quote === undefined) throw new RangeError(`symbol ${symbol}: no known quote asset ends it`);
  const base = symbol.slice(0, -quote.length);
  const [listingPrice, dailyVolatility, marketLoading, priceDecimals, quantityDecimals] =
    KNOWN[base] ?? UNKNOWN;
  return {
    symbol,
    base,
    quote,
    priceDecimals,
    quantityDecimals,
    listingPrice,
    dailyVolatility,
    marketLoading,
    tradeNotional: 900,
    streamKey: hashName(symbol),
  };
}
