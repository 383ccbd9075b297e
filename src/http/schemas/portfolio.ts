/** Wire forms of stored books. Quantities and limits are decimal strings; horizons ISO 8601. */
import { Type } from 'typebox';
import { SHOCK_NAMES } from '#domain/scenario/named-shocks.ts';
import { EpochMs } from './conscience.ts';
import {
  Confidence,
  Decimal,
  Horizon,
  MAX_POSITIONS,
  ResultSchema,
  RiskOptions,
  STANDING,
  STANDING_IF_ANY,
  SymbolName,
  VarAnswer,
} from './risk.ts';

const closed = { additionalProperties: false } as const;

/** `account` is the exchange account, kept current by the service itself. */
export const BookId = Type.String({ pattern: '^(pf_[0-9a-f-]{36}|account)$' });

export const Holding = Type.Object({ symbol: SymbolName, quantity: Decimal }, closed);
export const Holdings = Type.Array(Holding, { maxItems: MAX_POSITIONS });

export const NewBook = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100 }),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z0-9]{2,10}$' })),
    positions: Holdings,
  },
  closed,
);

export const PositionsBody = Type.Object({ positions: Holdings }, closed);

export const BookSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  currency: Type.String(),
  rev: Type.Integer({ description: 'Send it as If-Match with every change' }),
  createdMs: Type.Integer(),
  updatedMs: Type.Integer(),
  positions: Type.Array(Type.Object({ symbol: Type.String(), quantity: Type.String() })),
});

export const BookAnswer = Type.Intersect([
  VarAnswer,
  Type.Object({ portfolioId: Type.String(), rev: Type.Integer() }),
]);

export const ContributionsAnswer = Type.Object({
  requestId: Type.String(),
  portfolioId: Type.String(),
  rev: Type.Integer(),
  currency: Type.String(),
  ...STANDING,
  results: Type.Array(
    Type.Object({
      confidence: Type.Number(),
      horizon: Type.String(),
      var: Type.Number(),
      es: Type.Number(),
      items: Type.Array(
        Type.Object({
          symbol: Type.String(),
          exposure: Type.Number(),
          marginalVar: Type.Number(),
          componentVar: Type.Number(),
          componentEs: Type.Number(),
          incrementalVar: Type.Number(),
          share: Type.Number({ description: 'Of the VaR' }),
        }),
      ),
    }),
  ),
});

export const Trades = Type.Array(Holding, { minItems: 1, maxItems: 100 });
export const WhatIfBody = Type.Object({ trades: Trades, ...RiskOptions }, closed);

export const LimitMetric = Type.Union([Type.Literal('var'), Type.Literal('es'), Type.Literal('gross')]);
export const LimitInput = Type.Object(
  {
    metric: LimitMetric,
    confidence: Type.Optional(Confidence),
    horizon: Type.Optional(Horizon),
    max: Decimal,
    warnAt: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 0.8 })),
  },
  closed,
);
export const LimitsBody = Type.Object({ limits: Type.Array(LimitInput, { maxItems: 20 }) }, closed);

export const LimitSchema = Type.Object({
  id: Type.String(),
  metric: Type.String(),
  confidence: Type.Number(),
  horizon: Type.String(),
  max: Type.Number(),
  warnAt: Type.Number(),
  state: Type.String({ description: 'ok, warn, breach, latched until acknowledged, or unknown' }),
  actual: Type.Optional(Type.Number()),
  used: Type.Optional(Type.Number()),
  headroom: Type.Optional(Type.Number()),
});
export const LimitsAnswer = Type.Object({
  portfolioId: Type.String(),
  rev: Type.Integer(),
  limits: Type.Array(LimitSchema),
  ...STANDING_IF_ANY,
});

const Side = Type.Object({
  value: Type.Number(),
  grossExposure: Type.Number(),
  results: Type.Array(ResultSchema),
  ...STANDING_IF_ANY,
});
export const WhatIfAnswer = Type.Object({
  requestId: Type.String(),
  portfolioId: Type.String(),
  rev: Type.Integer(),
  currency: Type.String(),
  before: Side,
  after: Side,
  incremental: Type.Array(
    Type.Object({
      confidence: Type.Number(),
      horizon: Type.String(),
      var: Type.Number(),
      es: Type.Number(),
    }),
  ),
  limits: Type.Array(LimitSchema),
});

export const StressBody = Type.Object(
  {
    scenario: Type.Optional(
      Type.Union(
        SHOCK_NAMES.map((name) => Type.Literal(name)),
        { description: 'A day that happened; shocks given beside it go before it' },
      ),
    ),
    shocks: Type.Optional(
      Type.Array(
        Type.Object(
          {
            symbol: Type.Optional(SymbolName),
            pct: Type.Number({ minimum: -100, maximum: 1_000, description: 'Change of price in percent' }),
          },
          { ...closed, description: 'Without a symbol it is for every symbol that has no shock of its own' },
        ),
        { minItems: 1, maxItems: 200 },
      ),
    ),
  },
  { ...closed, minProperties: 1 },
);
export const StressAnswer = Type.Object({
  requestId: Type.String(),
  portfolioId: Type.String(),
  rev: Type.Integer(),
  currency: Type.String(),
  value: Type.Number(),
  stressedValue: Type.Number(),
  pnl: Type.Number({ description: 'A loss is negative' }),
  provenance: STANDING.provenance,
  maxAgeMs: Type.Number({ description: 'Of the prices shocked, the oldest' }),
  items: Type.Array(
    Type.Object({ symbol: Type.String(), exposure: Type.Number(), pct: Type.Number(), pnl: Type.Number() }),
  ),
});

export const PreTradeBody = Type.Object({ portfolioId: BookId, trade: Holding }, closed);
export const PreTradeAnswer = Type.Object({
  requestId: Type.String(),
  decision: Type.String({ description: 'allow, warn or deny; never allow on data that is not fresh' }),
  reasons: Type.Array(Type.String()),
  limits: Type.Array(LimitSchema),
  ...STANDING_IF_ANY,
  calcUs: Type.Number(),
});

export const HistoryQuery = Type.Object(
  {
    startMs: Type.Optional(EpochMs),
    endMs: Type.Optional(EpochMs),
    confidence: Type.Optional(Confidence),
    horizon: Type.Optional(Horizon),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  },
  closed,
);
export const HistoryAnswer = Type.Object({
  items: Type.Array(
    Type.Object({
      atMs: Type.Integer(),
      rev: Type.Integer(),
      value: Type.Number(),
      var: Type.Number(),
      es: Type.Number(),
      modelVersion: Type.String(),
      lineageId: Type.String(),
      realisedPnl: Type.Optional(Type.Number()),
    }),
  ),
  nextStartMs: Type.Optional(Type.Integer()),
});
