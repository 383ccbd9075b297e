/**
 * The audit log: search newest first, and verification.
 * Flow: request -> engine/audit-desk -> wire form
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { AuditDesk } from '#engine/audit-desk.ts';
import { callerOf } from '../caller.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { Problem } from '../problems.ts';
import { AuditEntrySchema, AuditVerdictSchema, EpochMs } from '../schemas/conscience.ts';
import { Cursor, Limit } from '../schemas/market.ts';
import { responses } from '../schemas/problem.ts';

const closed = { additionalProperties: false } as const;
const security = [{ bearer: [] }];
const tags = ['audit'];
const DEFAULT_LIMIT = 100;
const Word = Type.String({ minLength: 1, maxLength: 200 });
const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const auditRoutes: FastifyPluginAsyncTypebox<{ readonly desk: AuditDesk }> = async (app, { desk }) => {
  app.get(
    '/audit',
    {
      config: { scope: 'audit', weight: 2 },
      schema: {
        tags,
        security,
        summary: 'Audit entries, newest first',
        querystring: Type.Object(
          {
            actor: Type.Optional(Word),
            action: Type.Optional(Word),
            subject: Type.Optional(Word),
            correlationId: Type.Optional(Word),
            fromMs: Type.Optional(EpochMs),
            toMs: Type.Optional(EpochMs),
            cursor: Type.Optional(Cursor),
            limit: Type.Optional(Limit),
          },
          closed,
        ),
        response: responses({
          200: Type.Object({ items: Type.Array(AuditEntrySchema), nextCursor: Type.Optional(Type.String()) }),
        }),
      },
    },
    async ({ query: { cursor, limit = DEFAULT_LIMIT, ...filter } }) => {
      const before = cursor === undefined ? {} : { before: placeOf(fromCursor(cursor)) };
      const rows = await desk.search({ ...filter, ...before, limit });
      const last = rows.at(-1);
      const more = rows.length === limit && last !== undefined;
      return {
        items: rows.map((row) => ({ ...row, details: JSON.parse(row.details) as Record<string, unknown> })),
        ...(more && { nextCursor: toCursor(`${last.atMs}:${last.seq}:${last.chain}`) }),
      };
    },
  );

  app.get(
    '/audit/verify',
    {
      config: { scope: 'audit', weight: 50 },
      schema: {
        tags,
        security,
        summary: 'Recompute every hash and link; the first broken entry or ok',
        querystring: Type.Object(
          { chain: Type.Optional(Word), fromSeq: Type.Optional(Seq), toSeq: Type.Optional(Seq) },
          closed,
        ),
        response: responses({ 200: AuditVerdictSchema }),
      },
    },
    async (request) => {
      const { chains, ...verdict } = await desk.verify(request.query, callerOf(request));
      if (request.query.chain !== undefined && verdict.ok && chains.length === 0)
        throw new Problem('not-found', 'No entry of such a chain stands in this range');
      return { ...verdict, chains: [...chains] };
    },
  );
};

function placeOf(key: string): { atMs: number; chain: string; seq: number } {
  const [, atMs, seq, chain] = /^(\d{1,16}):(\d{1,16}):(.+)$/.exec(key) ?? [];
  if (chain === undefined) throw new Problem('invalid-request', 'The cursor is of another list');
  return { atMs: Number(atMs), seq: Number(seq), chain };
}
