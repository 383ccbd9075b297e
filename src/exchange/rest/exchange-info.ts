/**
 * The listing document: rate limits, and each symbol's assets, status and filters.
 */
import type { Instrument } from '../market/instrument.ts';
import { formatUnits } from '../wire/decimal.ts';

const ORDER_TYPES = ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'];
const RAW_REQUESTS_PER_5_MINUTES = 61_000;

export function exchangeInfo(
  instruments: readonly Instrument[],
  serverTime: number,
  weightLimit: number,
): string {
  return JSON.stringify({
    timezone: 'UTC',
    serverTime,
    rateLimits: [
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: weightLimit },
      {
        rateLimitType: 'RAW_REQUESTS',
        interval: 'MINUTE',
        intervalNum: 5,
        limit: RAW_REQUESTS_PER_5_MINUTES,
      },
    ],
    exchangeFilters: [],
    symbols: instruments.map(listing),
  });
}

function listing(of: Instrument) {
  const tick = formatUnits(1, of.priceDecimals);
  const step = formatUnits(1, of.quantityDecimals);
  return {
    symbol: of.symbol,
    status: 'TRADING',
    baseAsset: of.base,
    baseAssetPrecision: 8,
    quoteAsset: of.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ORDER_TYPES,
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: true,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tick, maxPrice: '10000000.00000000', tickSize: tick },
      { filterType: 'LOT_SIZE', minQty: step, maxQty: '90000000.00000000', stepSize: step },
    ],
    permissions: [],
    permissionSets: [['SPOT', 'MARGIN']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  };
}
