/**
 * Mean FZ0 of the first prototype of this engine, averaged over its models, on five series: a later engine may
 * not fall behind them by more than 0.005. Comparable only at the same first forecast and number of forecasts.
 */
export interface ReferenceScore {
  readonly forecasts: number;
  readonly fz0: Readonly<Record<'0.975' | '0.99', number>>;
}

export const REFERENCE_SCORES: Readonly<Record<string, ReferenceScore>> = {
  'binance-spot-BTCUSDT-1h-2017-2022': { forecasts: 8000, fz0: { '0.975': 0.7146, '0.99': 1.0007 } },
  'binance-spot-BTCUSDT-1d-2017-2022': { forecasts: 1128, fz0: { '0.975': 2.4967, '0.99': 2.8341 } },
  'sp500-ohlcv-1d-1999-2018': { forecasts: 3530, fz0: { '0.975': 0.9088, '0.99': 1.1038 } },
  'binance-spot-ETHUSDT-5m-2025-2026': { forecasts: 8000, fz0: { '0.975': -0.4477, '0.99': -0.187 } },
};
