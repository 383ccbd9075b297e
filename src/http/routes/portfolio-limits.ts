/**
 * Limits of stored books and the check before a trade. A breach seen here latches: it stays until someone
 * with the write scope acknowledges it.
 * Flow: request -> book -> valuation -> engine/portfolio-limits -> wire form
 */
import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { Book, BookPosition, PortfolioBooks } from '#engine/portfolio-books.ts';
import { judgeLimits, type LimitView, limitQuestion } from '#engine/portfolio-limits.ts';
import { withTrades } from '#engine/portfolio-trades.ts';
import type { RiskEngine } from '#engine/risk-engine.ts';
import { bookOf, changedBook, engineBook, holdingsOf, neededRevision, withRevision } from '../books.ts';
import { callerOf } from '../caller.ts';
import { decimalString } from '../decimal.ts';
import { parseDuration } from '../duration.ts';
import { limitForm } from '../limit-form.ts';
import { Problem } from '../problems.ts';
import { standingOf } from '../risk-translation.ts';
import { BookId, LimitsAnswer, LimitsBody, PreTradeAnswer, PreTradeBody } from '../schemas/portfolio.ts';
import { responses } from '../schemas/problem.ts';
import type { Valuation } from '../valuation.ts';

export interface PortfolioLimitOptions {
  readonly books: PortfolioBooks;
  readonly engine: RiskEngine;
  readonly valuation: Valuation;
}

const security = [{ bearer: [] }];
const tags = ['portfolios'];
const params = Type.Object({ id: BookId });
const DAY_MS = 86_400_000;

export const portfolioLimitRoutes: FastifyPluginAsyncTypebox<PortfolioLimitOptions> = async (
  app,
  options,
) => {
  const { books, engine, valuation } = options;

  async function answerFor(
    { limits }: Book,
    positions: readonly BookPosition[],
    request: FastifyRequest,
  ): Promise<RiskAnswer | undefined> {
    const question = limitQuestion(limits);
    if (question === undefined || positions.length === 0) return undefined;
    const query = { credibleMass: 0.9, method: 'bayes', contributions: false, ...question } as const;
    return valuation({ positions: engineBook(positions), ...query }, request);
  }

  /** Keeps a new breach; where the book changed meanwhile the next look will find it again. */
  async function latch(book: Book, views: readonly LimitView[], request: FastifyRequest): Promise<Book> {
    const broken = new Set(views.filter(({ state }) => state === 'breach').map(({ id }) => id));
    if (broken.size === 0) return book;
    const limits = book.limits.map((limit) => ({ ...limit, latched: limit.latched || broken.has(limit.id) }));
    const outcome = await books.setLimits(book.id, book.rev, limits, callerOf(request));
    return outcome.kind === 'changed' ? outcome.portfolio : book;
  }

  const form = (book: Book, views: readonly LimitView[], answer?: RiskAnswer) => ({
    portfolioId: book.id,
    rev: book.rev,
    limits: views.map(limitForm),
    ...standingOf(answer),
  });

  app.get(
    '/portfolios/:id/limits',
    {
      config: { weight: 2 },
      schema: {
        tags,
        security,
        summary: 'Limits with what is used of them now',
        params,
        response: responses({ 200: LimitsAnswer }),
      },
    },
    async (request, reply) => {
      const book = await bookOf(books, request.params.id);
      const answer = await answerFor(book, book.positions, request);
      const views = judgeLimits(book.limits, answer);
      const latched = await latch(book, views, request);
      return withRevision(reply, latched).send(form(latched, views, answer));
    },
  );

  app.put(
    '/portfolios/:id/limits',
    {
      config: { scope: 'write' },
      schema: {
        tags,
        security,
        summary: 'Replace all limits (If-Match needed)',
        params,
        body: LimitsBody,
        response: responses({ 200: LimitsAnswer }),
      },
    },
    async (request, reply) => {
      const rev = neededRevision(request);
      const limits = request.body.limits.map(
        ({ metric, confidence = 0.99, horizon = 'P1D', max, warnAt = 0.8 }) => ({
          id: `lim_${randomUUID()}`,
          metric,
          confidence,
          horizonMs: parseDuration(horizon) ?? DAY_MS,
          max: typeof max === 'number' ? decimalString(max) : max,
          warnAt,
          latched: false,
        }),
      );
      if (limits.some(({ max }) => max.startsWith('-')))
        throw new Problem('invalid-request', 'A limit cannot be below zero');
      const book = changedBook(await books.setLimits(request.params.id, rev, limits, callerOf(request)));
      return withRevision(reply, book).send(form(book, judgeLimits(book.limits, undefined)));
    },
  );

  app.post(
    '/portfolios/:id/limits/:limitId/ack',
    {
      config: { scope: 'write' },
      schema: {
        tags,
        security,
        summary: 'Acknowledge a latched breach (If-Match needed)',
        params: Type.Object({ id: BookId, limitId: Type.String({ pattern: '^lim_[0-9a-f-]{36}$' }) }),
        response: responses({ 200: LimitsAnswer }),
      },
    },
    async (request, reply) => {
      const { id, limitId } = request.params;
      const rev = neededRevision(request);
      const former = await bookOf(books, id);
      if (!former.limits.some((limit) => limit.id === limitId))
        throw new Problem('not-found', 'There is no limit of this id');
      const limits = former.limits.map((limit) =>
        limit.id === limitId ? { ...limit, latched: false } : limit,
      );
      const book = changedBook(await books.setLimits(id, rev, limits, callerOf(request)));
      return withRevision(reply, book).send(form(book, judgeLimits(book.limits, undefined)));
    },
  );

  app.post(
    '/pre-trade/check',
    {
      config: { weight: 3 },
      schema: {
        tags,
        security,
        summary: 'May this trade be made under the limits of the book?',
        body: PreTradeBody,
        response: responses({ 200: PreTradeAnswer }),
      },
    },
    async (request) => {
      const started = performance.now();
      const { portfolioId, trade } = request.body;
      const book = await bookOf(books, portfolioId);
      const after = withTrades(book.positions, holdingsOf([trade], engine, 'trade'));
      const answer = await answerFor(book, after, request);
      const views = judgeLimits(book.limits, answer);
      const data = answer?.quality.status ?? 'fresh';
      const doubts = data === 'fresh' ? [] : [`data: ${data}`];
      const empty = after.length === 0;
      const stops = views.filter(({ state }) =>
        ['breach', 'latched', ...(empty ? [] : ['unknown'])].includes(state),
      );
      const warns = views.filter(({ state }) => state === 'warn');
      const told = (found: readonly LimitView[]) =>
        found.map(({ metric, confidence, state }) => `${metric} at ${confidence}: ${state}`);
      return {
        requestId: request.id,
        decision: stops.length > 0 ? 'deny' : warns.length + doubts.length > 0 ? 'warn' : 'allow',
        reasons: [...told(stops), ...told(warns), ...doubts],
        limits: views.map(limitForm),
        ...standingOf(answer),
        calcUs: Math.round((performance.now() - started) * 1_000),
      };
    },
  );
};
