/**
 * Does our bar agree with the exchange's own bar of the same minute?
 * Prices and the number of trades must be equal; volumes are sums of decimals and may differ by rounding.
 */
import type { Bar } from '#domain/market/bar.ts';

const VOLUME_TOLERANCE = 1e-9;

export function barsAgree(own: Bar, exchange: Bar): boolean {
  if (own.trades !== exchange.trades) return false;
  if (own.trades === 0) return true;
  return (
    own.open === exchange.open &&
    own.high === exchange.high &&
    own.low === exchange.low &&
    own.close === exchange.close &&
    Math.abs(own.volume - exchange.volume) <= VOLUME_TOLERANCE * Math.max(1, exchange.volume)
  );
}
