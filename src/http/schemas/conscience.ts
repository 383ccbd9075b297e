/** Wire forms of tokens, audit entries and compliance. Units: times in epoch milliseconds. */
import { Type } from 'typebox';

const closed = { additionalProperties: false } as const;
const Facts = Type.Record(Type.String(), Type.Unknown());

export const EpochMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });

export const ScopeName = Type.Union([
  Type.Literal('read'),
  Type.Literal('write'),
  Type.Literal('admin'),
  Type.Literal('audit'),
]);

export const NewToken = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, pattern: '^[\\w .:@/-]+$' }),
    scopes: Type.Array(ScopeName, { minItems: 1, maxItems: 4, uniqueItems: true }),
    ttlS: Type.Optional(
      Type.Integer({
        minimum: 60,
        maximum: 31_536_000,
        description: 'Life in seconds; endless where absent',
      }),
    ),
  },
  closed,
);

export const TokenSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  status: Type.String({ description: 'active, expired or revoked' }),
  createdMs: Type.Integer(),
  createdBy: Type.String(),
  expiresMs: Type.Optional(Type.Integer()),
  revokedMs: Type.Optional(Type.Integer()),
});

export const CreatedToken = Type.Intersect([
  TokenSchema,
  Type.Object({ token: Type.String({ description: 'Shown in this answer and never again' }) }),
]);

export const AuditEntrySchema = Type.Object({
  chain: Type.String(),
  seq: Type.Integer(),
  atMs: Type.Integer(),
  actor: Type.String(),
  action: Type.String(),
  subject: Type.String(),
  outcome: Type.String({ description: 'requested, ok, refused or failed' }),
  correlationId: Type.String(),
  details: Facts,
  previousHash: Type.String(),
  hash: Type.String(),
});

export const AuditVerdictSchema = Type.Object({
  ok: Type.Boolean(),
  entries: Type.Integer(),
  anchors: Type.Integer(),
  chains: Type.Array(
    Type.Object({
      chain: Type.String(),
      fromSeq: Type.Integer(),
      toSeq: Type.Integer(),
      entries: Type.Integer(),
      headHash: Type.String(),
    }),
  ),
  broken: Type.Optional(
    Type.Object({
      chain: Type.String(),
      seq: Type.Integer(),
      fault: Type.String(),
      message: Type.String(),
    }),
  ),
});

export const RuleSchema = Type.Object({
  id: Type.String(),
  check: Type.String({ description: 'Label in metrics' }),
  title: Type.String(),
  measure: Type.String(),
  comparison: Type.String({ description: 'at-least or below' }),
  target: Type.Number(),
  unit: Type.String(),
  windowMs: Type.Integer(),
  maxAgeMs: Type.Integer(),
  leastSamples: Type.Integer(),
  escalates: Type.Boolean(),
});

const Verdict = Type.String({ description: 'pass, fail or unknown; unknown is never pass' });

export const StatusSchema = Type.Object({
  verdict: Verdict,
  enforced: Type.Boolean(),
  executiveEscalation: Type.Boolean(),
  evaluatedMs: Type.Integer(),
  instance: Type.String(),
  rules: Type.Array(
    Type.Object({
      rule: Type.String(),
      verdict: Verdict,
      actual: Type.Optional(Type.Number()),
      target: Type.Number(),
      windowMs: Type.Integer(),
      samples: Type.Number(),
      reasons: Type.Array(Type.String()),
      evidenceMs: Type.Number(),
      sinceMs: Type.Integer(),
      facts: Facts,
    }),
  ),
});

export const ViolationSchema = Type.Object({
  id: Type.String(),
  rule: Type.String(),
  instance: Type.String(),
  atMs: Type.Integer(),
  from: Type.String(),
  to: Type.String(),
  actual: Type.Optional(Type.Number()),
  target: Type.Number(),
  escalated: Type.Boolean(),
  evidence: Facts,
});

export const ReportSchema = Type.Object({
  fromMs: Type.Integer(),
  toMs: Type.Integer(),
  status: StatusSchema,
  rules: Type.Array(
    Type.Object({
      rule: Type.String(),
      title: Type.String(),
      target: Type.Number(),
      verdict: Verdict,
      actual: Type.Optional(Type.Number()),
      sinceMs: Type.Integer(),
      violations: Type.Integer(),
      pass: Type.Number({ description: 'Share of the window' }),
      fail: Type.Number(),
      unknown: Type.Number(),
    }),
  ),
  violations: Type.Array(ViolationSchema),
});
