/**
 * The wire form of instruments, data freshness and bars.
 * Units: prices and volumes as decimal strings, times epoch milliseconds, realised variance squared log return.
 */
import { Type } from 'typebox';

export const Cursor = Type.String({ pattern: '^[\\w-]{1,128}$', description: 'nextCursor of the last page' });
export const Limit = Type.Integer({ minimum: 1, maximum: 1_000, default: 100 });

export const Instrument = Type.Object({
  symbol: Type.String(),
  base: Type.String(),
  quote: Type.String(),
  status: Type.String({ description: 'trading, halted or unknown' }),
  historyBars: Type.Integer(),
  lastPrice: Type.Union([Type.String(), Type.Null()]),
});

export const MarketState = Type.Object({
  symbol: Type.String(),
  state: Type.String({ description: 'live, stale, gap, halted or down' }),
  lastEventMs: Type.Integer(),
  ageMs: Type.Number(),
  gapCount: Type.Integer(),
  duplicateCount: Type.Integer(),
  lost: Type.Array(
    Type.Object({
      fromMs: Type.Integer(),
      toMs: Type.Integer(),
      trades: Type.Integer(),
      reason: Type.String(),
    }),
  ),
});

export const BarView = Type.Object({
  openMs: Type.Integer(),
  open: Type.String(),
  high: Type.String(),
  low: Type.String(),
  close: Type.String(),
  volume: Type.String(),
  trades: Type.Integer(),
  realisedVariance: Type.Union([Type.Number(), Type.Null()]),
  complete: Type.Boolean(),
});

/** Bar lengths as exchanges write them, in milliseconds. */
export const INTERVALS_MS = {
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
} as const;

export const Interval = Type.Union(
  [
    Type.Literal('1m'),
    Type.Literal('5m'),
    Type.Literal('15m'),
    Type.Literal('1h'),
    Type.Literal('4h'),
    Type.Literal('1d'),
  ],
  { default: '1h' },
);
