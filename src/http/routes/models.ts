/**
 * Models, versions, promotion and training jobs.
 * Flow: request -> engine/governance -> wire form
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Governance } from '#engine/governance.ts';
import type { ChangeOfChampion } from '#engine/model-registry.ts';
import { callerOf } from '../caller.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { Problem } from '../problems.ts';
import { Cursor, Limit } from '../schemas/market.ts';
import {
  ChangeBody,
  ChangeSchema,
  JobId,
  JobSchema,
  ModelId,
  ModelSchema,
  VersionId,
  VersionSchema,
} from '../schemas/model.ts';
import { responses } from '../schemas/problem.ts';

const security = [{ bearer: [] }];
const tags = ['models'];
const VERSIONS_IN_LIST = 3;
const VERSIONS_IN_DETAIL = 50;
const DEFAULT_LIMIT = 50;

export const modelRoutes: FastifyPluginAsyncTypebox<{ readonly governance: Governance }> = async (
  app,
  { governance },
) => {
  app.get(
    '/models',
    {
      schema: {
        tags,
        security,
        summary: 'Models and their latest versions',
        response: responses({ 200: Type.Object({ items: Type.Array(ModelSchema) }) }),
      },
    },
    async () => ({ items: (await governance.models(VERSIONS_IN_LIST)).map(mutable) }),
  );

  app.get(
    '/models/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One model with its versions',
        params: Type.Object({ id: ModelId }),
        response: responses({ 200: ModelSchema }),
      },
    },
    async ({ params: { id } }) =>
      mutable(found(await governance.model(id, VERSIONS_IN_DETAIL), `model ${id}`)),
  );

  app.get(
    '/models/:id/versions/:version',
    {
      schema: {
        tags,
        security,
        summary: 'One version: role, window, diagnostics, gates',
        params: Type.Object({ id: ModelId, version: VersionId }),
        response: responses({ 200: VersionSchema }),
      },
    },
    async ({ params: { id, version } }) =>
      found(await governance.version(id, version), `version ${version} of ${id}`),
  );

  app.post(
    '/models/:id/train',
    {
      config: { scope: 'write', idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Queue a training job; the open one where there is one',
        params: Type.Object({ id: ModelId }),
        response: responses({ 202: Type.Object({ jobId: Type.String() }) }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const jobId = found(await governance.train(id, callerOf(request)), `model ${id}`);
      return reply.code(202).header('location', `/v1/jobs/${jobId}`).send({ jobId });
    },
  );

  app.post(
    '/models/:id/versions/:version/promote',
    {
      config: { scope: 'admin' },
      schema: {
        tags,
        security,
        summary: 'Make a version champion; If-Match names the champion it replaces',
        params: Type.Object({ id: ModelId, version: VersionId }),
        body: ChangeBody,
        response: responses({ 200: ChangeSchema }),
      },
    },
    async (request) => {
      const { id, version } = request.params;
      const expected = request.headers['if-match']?.replaceAll('"', '');
      const change = await governance.promote(id, version, callerOf(request), request.body.reason, expected);
      return changed(id, change);
    },
  );

  app.post(
    '/models/:id/rollback',
    {
      config: { scope: 'admin' },
      schema: {
        tags,
        security,
        summary: 'Back to the champion before this one',
        params: Type.Object({ id: ModelId }),
        body: ChangeBody,
        response: responses({ 200: ChangeSchema }),
      },
    },
    async (request) =>
      changed(
        request.params.id,
        await governance.rollback(request.params.id, callerOf(request), request.body.reason),
      ),
  );

  app.get(
    '/jobs/:id',
    {
      schema: {
        tags,
        security,
        summary: 'One training job',
        params: Type.Object({ id: JobId }),
        response: responses({ 200: JobSchema }),
      },
    },
    async ({ params: { id } }) => found(await governance.job(id), `job ${id}`),
  );

  app.get(
    '/jobs',
    {
      schema: {
        tags,
        security,
        summary: 'Training jobs, newest first',
        querystring: Type.Object(
          { cursor: Type.Optional(Cursor), limit: Type.Optional(Limit) },
          { additionalProperties: false },
        ),
        response: responses({
          200: Type.Object({ items: Type.Array(JobSchema), nextCursor: Type.Optional(Type.String()) }),
        }),
      },
    },
    async ({ query: { cursor, limit = DEFAULT_LIMIT } }) => {
      const items = await governance.jobs(
        limit,
        cursor === undefined ? undefined : placeOf(fromCursor(cursor)),
      );
      const last = items.at(-1);
      const more = items.length === limit && last !== undefined;
      return { items: [...items], ...(more && { nextCursor: toCursor(`${last.createdMs}:${last.id}`) }) };
    },
  );
};

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Problem('not-found', `There is no ${what}`);
  return value;
}

/** The wire schema's arrays are not readonly. */
function mutable<T extends { readonly versions: readonly unknown[] }>(model: T) {
  return { ...model, versions: [...model.versions] as T['versions'][number][] };
}

function changed(modelId: string, change: ChangeOfChampion) {
  if (change.ok)
    return {
      modelId,
      version: change.version,
      ...(change.former !== undefined && { former: change.former }),
    };
  if (change.reason === 'unknown-version') throw new Problem('not-found', change.detail);
  throw new Problem(change.reason === 'conflict' ? 'precondition-failed' : 'conflict', change.detail);
}

function placeOf(key: string): { createdMs: number; id: string } {
  const [createdMs, id] = key.split(':');
  if (!/^\d{1,16}$/.test(createdMs ?? '') || id === undefined)
    throw new Problem('invalid-request', 'The cursor is of another list');
  return { createdMs: Number(createdMs), id };
}
