/**
 * The wire form of a VaR question and its answer.
 * Units: losses positive in `currency`; times epoch milliseconds; confidences and masses in (0, 1).
 */
import { type Static, Type } from 'typebox';
import { DECIMAL_PATTERN } from '../decimal.ts';
import { DURATION_PATTERN } from '../duration.ts';

const closed = { additionalProperties: false } as const;

/** Beyond this no book is meant; sums and squares of it stay exact enough in double precision. */
const MAX_AMOUNT = 1e15;

export const SymbolName = Type.String({ pattern: '^[A-Z0-9]{2,20}$', description: 'e.g. BTCUSDT' });

export const Decimal = Type.Union(
  [Type.String({ pattern: DECIMAL_PATTERN }), Type.Number({ minimum: -MAX_AMOUNT, maximum: MAX_AMOUNT })],
  { description: 'Decimal string; a JSON number is accepted' },
);

export const PositionSchema = Type.Object(
  {
    symbol: SymbolName,
    quantity: Type.Optional(Decimal),
    notional: Type.Optional(Decimal),
  },
  { ...closed, description: 'Either quantity (base units, short below zero) or notional (account currency)' },
);

export const Confidence = Type.Number({
  minimum: 0.5,
  maximum: 0.9999,
  description: 'Level of the loss quantile, e.g. 0.99',
});

export const Horizon = Type.String({
  pattern: DURATION_PATTERN,
  maxLength: 32,
  description: 'ISO 8601 duration on a clock of 365-day years and 24-hour days, e.g. PT1H, P1D, P10D',
});

export const Method = Type.Union(
  [
    Type.Literal('bayes'),
    Type.Literal('fhs'),
    Type.Literal('hist'),
    Type.Literal('param'),
    Type.Literal('stressed'),
  ],
  {
    description:
      'bayes: posterior; fhs, hist, param: the classical comparisons; ' +
      "stressed: the book over the worst year of its symbols' kept history",
    default: 'bayes',
  },
);

export const Confidences = Type.Array(Confidence, { minItems: 1, maxItems: 10, default: [0.95, 0.99] });
export const Horizons = Type.Array(Horizon, { minItems: 1, maxItems: 10, default: ['P1D'] });
export const CredibleMass = Type.Number({ minimum: 0.5, maximum: 0.99, default: 0.9 });
export const Seed = Type.Integer({ minimum: 0, maximum: 4_294_967_295 });

/** What a question may say about levels, horizons and method; shared with stored books. */
export const RiskOptions = {
  confidence: Type.Optional(Confidences),
  horizon: Type.Optional(Horizons),
  credibleMass: Type.Optional(CredibleMass),
  method: Type.Optional(Method),
  contributions: Type.Optional(Type.Boolean({ default: false })),
  precise: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'A second pass where the first leaves more than half a per cent of numerical error; slower',
    }),
  ),
  seed: Type.Optional(Seed),
};

export const MAX_POSITIONS = 1_000;

export const VarRequest = Type.Object(
  { positions: Type.Array(PositionSchema, { minItems: 1, maxItems: MAX_POSITIONS }), ...RiskOptions },
  closed,
);
export type VarRequest = Static<typeof VarRequest>;

export const VarQuery = Type.Object(RiskOptions, closed);
export type VarQuery = Static<typeof VarQuery>;

export const EstimateSchema = Type.Object({
  estimate: Type.Number(),
  lower: Type.Number({ description: 'Credible interval of the parameters' }),
  upper: Type.Number(),
  modelLower: Type.Number({ description: 'Spread between the models' }),
  modelUpper: Type.Number(),
  stdError: Type.Number({ description: 'Numerical error of the computation itself' }),
});

const ContributionSchema = Type.Object({
  symbol: Type.String(),
  exposure: Type.Number(),
  marginalVar: Type.Number(),
  componentVar: Type.Number(),
  componentEs: Type.Number(),
  incrementalVar: Type.Number(),
});

const StressWindowSchema = Type.Object(
  {
    startMs: Type.Integer(),
    endMs: Type.Integer(),
    runs: Type.Integer({ description: 'Profits and losses over the horizon that the window holds' }),
    historyStartMs: Type.Integer(),
    spansYear: Type.Boolean({ description: 'False where less than a year is kept at this horizon' }),
  },
  { description: 'Of a stressed answer: the window, worst for this book, that it was read from' },
);

export const ResultSchema = Type.Object({
  confidence: Type.Number(),
  horizon: Type.String(),
  var: EstimateSchema,
  es: EstimateSchema,
  varRatio: Type.Number(),
  contributions: Type.Optional(Type.Array(ContributionSchema)),
  window: Type.Optional(StressWindowSchema),
});

export const QualitySchema = Type.Object({
  status: Type.String({ description: 'fresh, stale, degraded or insufficient' }),
  maxAgeMs: Type.Number(),
  gaps: Type.Array(
    Type.Object({
      symbol: Type.String(),
      fromMs: Type.Integer(),
      toMs: Type.Integer(),
      missingTrades: Type.Integer(),
      reason: Type.String(),
    }),
  ),
  excluded: Type.Array(Type.Object({ symbol: Type.String(), reason: Type.String() })),
  reasons: Type.Array(Type.String(), {
    description:
      'Also a numerical error above 0.5 %, a stressed window under a year, and an answer whose audit entry ' +
      'nothing could keep; the status is of the data',
  }),
});

export const ModelSchema = Type.Object({
  id: Type.String(),
  version: Type.String({
    description:
      'Names the fits of all posteriors that were read, which a new fit of any of them changes; their stored ' +
      'versions are under /v1/models and, for a stored book, in var/explain',
  }),
  hash: Type.String({ description: 'Names their states, which every closed bar changes' }),
  weights: Type.Array(Type.Object({ model: Type.String(), weight: Type.Number() })),
});

export const ComplianceSchema = Type.Object(
  {
    verdict: Type.String({ description: 'pass, fail or unknown' }),
    failing: Type.Array(Type.String()),
    unknown: Type.Array(Type.String()),
  },
  { description: 'What the compliance rules said when the answer was given' },
);

/** What figures of the engine stand on, wherever they are told. */
export const STANDING = {
  asOfMs: Type.Integer(),
  dataAsOfMs: Type.Integer(),
  model: ModelSchema,
  provenance: Type.String({ description: 'binance, replay or synthetic' }),
  quality: QualitySchema,
  lineageId: Type.String(),
  compliance: Type.Optional(ComplianceSchema),
};
const StandingSchema = Type.Object(STANDING);
export type Standing = Static<typeof StandingSchema>;
/** Where there may be nothing to value: an empty book, no limit. */
export const STANDING_IF_ANY = Type.Partial(StandingSchema).properties;

export const VarAnswer = Type.Object({
  requestId: Type.String(),
  asOfMs: Type.Integer(),
  dataAsOfMs: Type.Integer(),
  currency: Type.String(),
  value: Type.Number(),
  grossExposure: Type.Number(),
  results: Type.Array(ResultSchema),
  method: Type.String(),
  credibleMass: Type.Number(),
  seed: Type.Integer(),
  model: ModelSchema,
  provenance: Type.String({ description: 'binance, replay or synthetic' }),
  quality: QualitySchema,
  lineageId: Type.String(),
  calcUs: Type.Number(),
  compliance: Type.Optional(ComplianceSchema),
});
export type VarAnswer = Static<typeof VarAnswer>;
