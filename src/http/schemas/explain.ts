/** Wire form of an explained VaR. Losses positive, `pnl` negative for a loss; times epoch milliseconds. */
import { Type } from 'typebox';
import { EpochMs } from './conscience.ts';
import {
  ComplianceSchema,
  Confidence,
  CredibleMass,
  EstimateSchema,
  Horizon,
  ModelSchema,
  QualitySchema,
  Seed,
} from './risk.ts';

export const ExplainQuery = Type.Object(
  {
    confidence: Type.Optional(Confidence),
    horizon: Type.Optional(Horizon),
    credibleMass: Type.Optional(CredibleMass),
    seed: Type.Optional(Seed),
    sinceMs: Type.Optional(EpochMs),
  },
  { additionalProperties: false },
);

const Component = Type.Object({
  symbol: Type.String(),
  quantity: Type.String(),
  exposure: Type.Number(),
  marginalVar: Type.Number(),
  componentVar: Type.Number(),
  componentEs: Type.Number(),
  incrementalVar: Type.Number(),
  shareOfVar: Type.Number(),
  shareOfEs: Type.Number(),
});

const TailScenario = Type.Object(
  {
    probability: Type.Number(),
    loss: Type.Number(),
    items: Type.Array(Type.Object({ symbol: Type.String(), return: Type.Number(), pnl: Type.Number() })),
  },
  { description: 'Worst first; the mean of the losses is the ES' },
);

const VoiceSchema = Type.Object(
  {
    symbol: Type.String(),
    interval: Type.String({ description: 'Bars that the models run on' }),
    modelId: Type.Optional(Type.String({ description: 'As in /v1/models' })),
    version: Type.Optional(
      Type.String({
        description:
          'The stored version that was installed last, which has seen every bar since; absent before the first is stored',
      }),
    ),
    steps: Type.Integer({ description: 'Bars in the horizon' }),
    dataAsOfMs: Type.Integer(),
    weights: Type.Array(Type.Object({ model: Type.String(), weight: Type.Number() })),
  },
  { description: 'The models that speak for a symbol, by their posterior weight' },
);

const ChangeSchema = Type.Object(
  {
    fromMs: Type.Integer(),
    toMs: Type.Integer(),
    from: Type.Number(),
    to: Type.Number(),
    total: Type.Number(),
    data: Type.Number({ description: 'The market alone' }),
    position: Type.Number({ description: 'Where the book changed' }),
    model: Type.Number({ description: 'Where the fitted models changed' }),
    mixed: Type.Number({ description: 'Where both did between two points' }),
    points: Type.Integer(),
  },
  {
    description: 'Parts sum to the total; absent where no earlier point of this level and horizon is stored',
  },
);

export const ExplainAnswer = Type.Object({
  requestId: Type.String(),
  portfolioId: Type.String(),
  rev: Type.Integer(),
  asOfMs: Type.Integer(),
  dataAsOfMs: Type.Integer(),
  currency: Type.String(),
  value: Type.Number(),
  grossExposure: Type.Number(),
  confidence: Type.Number(),
  horizon: Type.String(),
  var: EstimateSchema,
  es: EstimateSchema,
  varRatio: Type.Number(),
  components: Type.Array(Component),
  tail: Type.Array(TailScenario),
  voices: Type.Array(VoiceSchema),
  change: Type.Optional(ChangeSchema),
  credibleMass: Type.Number(),
  seed: Type.Integer(),
  model: ModelSchema,
  provenance: Type.String(),
  quality: QualitySchema,
  lineageId: Type.String(),
  calcUs: Type.Number(),
  compliance: Type.Optional(ComplianceSchema),
});
