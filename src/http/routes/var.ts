/**
 * Value at risk without stored state: any book by POST, one symbol by GET with an entity tag.
 * Flow: wire question -> risk-translation -> valuation -> wire answer
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { RiskEngine } from '#engine/risk-engine.ts';
import { createAnswerCache } from '../answer-cache.ts';
import { splitLists } from '../query-lists.ts';
import { toRiskOptions, toRiskQuery, toVarAnswer } from '../risk-translation.ts';
import { responses } from '../schemas/problem.ts';
import { SymbolName, VarAnswer, VarQuery, VarRequest } from '../schemas/risk.ts';
import type { Valuation } from '../valuation.ts';

export interface VarRouteOptions {
  readonly engine: RiskEngine;
  readonly valuation: Valuation;
  /** How long an answer may be reused while the revision stands; its quality must not grow old. */
  readonly maxAgeMs?: number;
}

const POSITIONS_PER_WEIGHT = 10;
const security = [{ bearer: [] }];

export const varRoutes: FastifyPluginAsyncTypebox<VarRouteOptions> = async (app, options) => {
  const { engine, valuation, maxAgeMs = 1_000 } = options;
  const cache = createAnswerCache({ maxAgeMs });

  app.post(
    '/var',
    {
      config: { scope: 'read', weight: 2 },
      schema: {
        tags: ['risk'],
        summary: 'VaR and expected shortfall of a book; nothing is stored',
        security,
        body: VarRequest,
        response: responses({ 200: VarAnswer }),
      },
    },
    async (request, reply) => {
      // Large books cost more than the route's own weight.
      app.takeWeight(request, reply, Math.floor(request.body.positions.length / POSITIONS_PER_WEIGHT));
      const query = toRiskQuery(request.body);
      const answer = await valuation(query, request);
      reply.header('cache-control', 'no-store');
      return toVarAnswer(answer, request.id, request.body.horizon);
    },
  );

  app.get(
    '/var/:symbol',
    {
      config: { scope: 'read', weight: 1 },
      preValidation: splitLists('confidence', 'horizon'),
      schema: {
        tags: ['risk'],
        summary: 'VaR and expected shortfall of one unit of account currency in one symbol',
        security,
        params: Type.Object({ symbol: SymbolName }),
        querystring: VarQuery,
        response: responses({ 200: VarAnswer, 304: Type.Null() }),
      },
    },
    async (request, reply) => {
      const { symbol } = request.params;
      const revision = engine.revision(symbol) ?? '';
      const entry = await cache.get(request.url, revision, async () => {
        const positions = [{ symbol, notional: 1 }];
        const answer = await valuation({ positions, ...toRiskOptions(request.query) }, request, {
          refusal: engine.instruments().some((view) => view.symbol === symbol) ? {} : { status: 404 },
          shared: true,
        });
        return toVarAnswer(answer, '', request.query.horizon);
      });
      reply.header('etag', entry.etag);
      reply.header('cache-control', 'private, no-cache');
      if (matches(request.headers['if-none-match'], entry.etag))
        return (reply as FastifyReply).code(304).send();
      return reply.type('application/json; charset=utf-8').send(entry.body(request.id));
    },
  );
};

/** Weak comparison, as RFC 9110 asks for If-None-Match. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((part) => part.trim().replace(/^W\//, '') === etag.replace(/^W\//, ''));
}
