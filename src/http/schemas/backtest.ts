/** Backtests on the wire. Times in epoch milliseconds, losses positive, FZ0 on percent log returns. */
import { Type } from 'typebox';
import { Confidence, Horizon, SymbolName } from './risk.ts';

export const BacktestId = Type.String({ format: 'uuid' });

export const BacktestBody = Type.Object(
  {
    symbol: SymbolName,
    interval: Type.Optional({ ...Horizon, default: 'PT1H', description: 'Bar interval, one bar ahead' }),
    confidence: Type.Optional(
      Type.Array(Confidence, { minItems: 1, maxItems: 5, uniqueItems: true, default: [0.95, 0.975, 0.99] }),
    ),
    forecasts: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 20_000,
        description: 'The newest so many; absent: what the history allows',
      }),
    ),
    peers: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Historical, EWMA, GJR-t and filtered historical beside it',
      }),
    ),
  },
  { additionalProperties: false },
);

export const BacktestAccepted = Type.Object({ id: BacktestId });

export const BacktestSchema = Type.Object({
  id: BacktestId,
  state: Type.String({ description: 'queued, running, done, failed or cancelled' }),
  createdMs: Type.Integer(),
  startedMs: Type.Optional(Type.Integer()),
  finishedMs: Type.Optional(Type.Integer()),
  progress: Type.Number(),
  request: Type.Object({
    symbol: Type.String(),
    interval: Type.String(),
    confidence: Type.Array(Type.Number()),
    forecasts: Type.Optional(Type.Integer()),
    peers: Type.Boolean(),
  }),
  result: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description:
        'forecasters[] with per level hits, Kupiec, binomial, Christoffersen, DQ, traffic light, ES tests, e-processes and losses; comparisons[]; exceedances[]',
    }),
  ),
  error: Type.Optional(Type.String()),
});
