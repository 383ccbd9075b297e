/** Models, their versions and training jobs on the wire. Times in epoch milliseconds. */
import { Type } from 'typebox';

const Facts = Type.Record(Type.String(), Type.Unknown());

export const ModelId = Type.String({ pattern: '^[A-Z0-9]{5,20}:[0-9]{1,3}[mhd]$', examples: ['BTCUSDT:1h'] });
export const VersionId = Type.String({ pattern: '^[0-9a-f]{16}$' });
export const JobId = Type.String({ format: 'uuid' });

export const VersionSchema = Type.Object({
  modelId: Type.String(),
  version: Type.String(),
  role: Type.String({ description: 'champion, challenger, archived or rejected' }),
  createdMs: Type.Integer(),
  promotedMs: Type.Optional(Type.Integer()),
  parent: Type.Optional(Type.String()),
  hash: Type.String({ description: 'SHA-256 of the particle cloud' }),
  facts: Facts,
});

export const ModelSchema = Type.Object({
  id: Type.String(),
  symbol: Type.String(),
  intervalMs: Type.Integer(),
  running: Type.Optional(Type.String({ description: 'The version that this replica runs' })),
  versions: Type.Array(VersionSchema),
});

export const JobSchema = Type.Object({
  id: Type.String(),
  modelId: Type.String(),
  trigger: Type.String(),
  state: Type.String({ description: 'queued, running, done, failed or cancelled' }),
  createdMs: Type.Integer(),
  startedMs: Type.Optional(Type.Integer()),
  finishedMs: Type.Optional(Type.Integer()),
  progress: Type.Number(),
  attempts: Type.Integer(),
  result: Type.Optional(Facts),
  error: Type.Optional(Type.String()),
});

export const ChangeBody = Type.Object(
  { reason: Type.String({ minLength: 3, maxLength: 500 }) },
  { additionalProperties: false },
);

export const ChangeSchema = Type.Object({
  modelId: Type.String(),
  version: Type.String(),
  former: Type.Optional(Type.String()),
});
