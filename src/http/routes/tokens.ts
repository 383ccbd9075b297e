/**
 * API tokens: made, listed, revoked. A caller can give only the scopes it has.
 * Flow: request -> engine/token-keeper -> wire form
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { TokenKeeper } from '#engine/token-keeper.ts';
import { callerOf } from '../caller.ts';
import { Problem } from '../problems.ts';
import { CreatedToken, NewToken, TokenSchema } from '../schemas/conscience.ts';
import { responses } from '../schemas/problem.ts';

const security = [{ bearer: [] }];
const tags = ['tokens'];

export const tokenRoutes: FastifyPluginAsyncTypebox<{ readonly tokens: TokenKeeper }> = async (
  app,
  { tokens },
) => {
  app.post(
    '/tokens',
    {
      config: { scope: 'admin', idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Make a token; it is shown once',
        body: NewToken,
        response: responses({ 201: CreatedToken }),
      },
    },
    async (request, reply) => {
      const { name, scopes, ttlS } = request.body;
      const missing = scopes.filter((scope) => request.principal?.scopes.includes(scope) !== true);
      if (missing.length > 0)
        throw new Problem('scope-missing', `A token cannot give ${missing.join(', ')}, which it lacks`);
      const { token, view } = await tokens.create(
        { name, scopes, ...(ttlS !== undefined && { ttlMs: ttlS * 1_000 }) },
        callerOf(request),
      );
      reply.header('cache-control', 'no-store');
      return reply.code(201).send({ ...view, scopes: [...view.scopes], token });
    },
  );

  app.get(
    '/tokens',
    {
      config: { scope: 'admin' },
      schema: {
        tags,
        security,
        summary: 'Tokens without their secrets',
        response: responses({ 200: Type.Object({ items: Type.Array(TokenSchema) }) }),
      },
    },
    async () => ({
      items: (await tokens.list()).map((view) => ({ ...view, scopes: [...view.scopes] })),
    }),
  );

  app.delete(
    '/tokens/:id',
    {
      config: { scope: 'admin' },
      schema: {
        tags,
        security,
        summary: 'Revoke a token',
        params: Type.Object({ id: Type.String({ pattern: '^tok_[0-9a-f-]{36}$' }) }),
        response: responses({ 204: Type.Null() }),
      },
    },
    async (request, reply) => {
      if (!(await tokens.revoke(request.params.id, callerOf(request))))
        throw new Problem('not-found', 'There is no live token of this id');
      return reply.code(204).send(null);
    },
  );
};
