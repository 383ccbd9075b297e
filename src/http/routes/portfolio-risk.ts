/**
 * Risk of stored books: VaR and ES, contributions, what a trade would change, stress, history.
 * Flow: request -> book -> valuation -> wire form
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import { namedShock } from '#domain/scenario/named-shocks.ts';
import type { PortfolioBooks } from '#engine/portfolio-books.ts';
import { judgeLimits } from '#engine/portfolio-limits.ts';
import type { PortfolioRecorder } from '#engine/portfolio-recorder.ts';
import { withTrades } from '#engine/portfolio-trades.ts';
import type { RiskEngine } from '#engine/risk-engine.ts';
import { bookOf, engineBook, holdingsOf } from '../books.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import { limitForm } from '../limit-form.ts';
import { Problem } from '../problems.ts';
import { splitLists } from '../query-lists.ts';
import { standingOf, toRiskOptions, toVarAnswer } from '../risk-translation.ts';
import {
  BookAnswer,
  BookId,
  ContributionsAnswer,
  HistoryAnswer,
  HistoryQuery,
  StressAnswer,
  StressBody,
  WhatIfAnswer,
  WhatIfBody,
} from '../schemas/portfolio.ts';
import { responses } from '../schemas/problem.ts';
import { VarQuery } from '../schemas/risk.ts';
import type { Valuation } from '../valuation.ts';

export interface PortfolioRiskOptions {
  readonly books: PortfolioBooks;
  readonly recorder: PortfolioRecorder;
  readonly engine: RiskEngine;
  readonly valuation: Valuation;
  readonly currency: string;
}

const security = [{ bearer: [] }];
const tags = ['portfolios'];
const params = Type.Object({ id: BookId });
const DAY_MS = 86_400_000;

export const portfolioRiskRoutes: FastifyPluginAsyncTypebox<PortfolioRiskOptions> = async (app, options) => {
  const { books, recorder, engine, valuation, currency } = options;

  app.get(
    '/portfolios/:id/var',
    {
      config: { weight: 2 },
      preValidation: splitLists('confidence', 'horizon'),
      schema: {
        tags,
        security,
        summary: 'VaR and expected shortfall of a stored book',
        params,
        querystring: VarQuery,
        response: responses({ 200: BookAnswer }),
      },
    },
    async (request, reply) => {
      const book = await bookOf(books, request.params.id);
      const query = { positions: engineBook(book.positions), ...toRiskOptions(request.query) };
      const answer = toVarAnswer(await valuation(query, request), request.id, request.query.horizon);
      return reply
        .header('cache-control', 'no-store')
        .send({ ...answer, portfolioId: book.id, rev: book.rev });
    },
  );

  app.get(
    '/portfolios/:id/contributions',
    {
      config: { weight: 2 },
      preValidation: splitLists('confidence', 'horizon'),
      schema: {
        tags,
        security,
        summary: 'Component, marginal and incremental VaR; components sum to the total',
        params,
        querystring: VarQuery,
        response: responses({ 200: ContributionsAnswer }),
      },
    },
    async (request, reply) => {
      const book = await bookOf(books, request.params.id);
      const wanted = { ...toRiskOptions(request.query), contributions: true };
      const answer = await valuation({ positions: engineBook(book.positions), ...wanted }, request);
      const results = answer.results.map(({ confidence, horizonMs, var: value, es, contributions = [] }) => ({
        confidence,
        horizon: formatDuration(horizonMs),
        var: value.estimate,
        es: es.estimate,
        items: contributions.map((item) => ({
          ...item,
          share: value.estimate === 0 ? 0 : item.componentVar / value.estimate,
        })),
      }));
      const base = { requestId: request.id, portfolioId: book.id, rev: book.rev, currency };
      return reply.header('cache-control', 'no-store').send({ ...base, ...standingOf(answer), results });
    },
  );

  app.post(
    '/portfolios/:id/what-if',
    {
      config: { weight: 4 },
      schema: {
        tags,
        security,
        summary: 'Risk before and after trades, and what remains of every limit; nothing is stored',
        params,
        body: WhatIfBody,
        response: responses({ 200: WhatIfAnswer }),
      },
    },
    async (request) => {
      const { trades, ...wanted } = request.body;
      const book = await bookOf(books, request.params.id);
      const risk = toRiskOptions(wanted);
      const after = withTrades(book.positions, holdingsOf(trades, engine, 'trades'));
      const [was, will] = await Promise.all(
        [book.positions, after].map((positions) =>
          positions.length === 0
            ? undefined
            : valuation({ positions: engineBook(positions), ...risk }, request),
        ),
      );
      if (was === undefined && will === undefined)
        throw new Problem('invalid-book', 'There is no position before or after');
      const [before, then] = [side(was, will), side(will, was)];
      return {
        requestId: request.id,
        portfolioId: book.id,
        rev: book.rev,
        currency,
        before,
        after: then,
        incremental: then.results.map((result, index) => ({
          confidence: result.confidence,
          horizon: result.horizon,
          var: result.var.estimate - before.results[index]!.var.estimate,
          es: result.es.estimate - before.results[index]!.es.estimate,
        })),
        limits: judgeLimits(book.limits, will).map(limitForm),
      };
    },
  );

  app.post(
    '/portfolios/:id/stress',
    {
      schema: {
        tags,
        security,
        summary: 'Profit or loss of a book under price shocks',
        params,
        body: StressBody,
        response: responses({ 200: StressAnswer }),
      },
    },
    async (request, reply) => {
      const book = await bookOf(books, request.params.id);
      const prices = new Map(engine.instruments().map(({ symbol, lastPrice }) => [symbol, lastPrice]));
      const { scenario, shocks = [] } = request.body;
      const bySymbol = new Map(shocks.map(({ symbol = '', pct }) => [symbol, pct]));
      const shockOf = (symbol: string): number =>
        bySymbol.get(symbol) ??
        bySymbol.get('') ??
        (scenario === undefined ? 0 : namedShock(scenario, symbol));
      const items = book.positions.map(({ symbol, quantity }) => {
        const price = prices.get(symbol);
        if (price === undefined || !(price > 0)) throw new Problem('stale-data', `${symbol} has no price`);
        const exposure = Number(quantity) * price;
        const pct = shockOf(symbol);
        return { symbol, exposure, pct, pnl: (exposure * pct) / 100 };
      });
      const value = items.reduce((sum, { exposure }) => sum + exposure, 0);
      const pnl = items.reduce((sum, item) => sum + item.pnl, 0);
      const ages = new Map(engine.marketData().map(({ symbol, ageMs }) => [symbol, ageMs]));
      const maxAgeMs = items.reduce((most, { symbol }) => Math.max(most, ages.get(symbol) ?? 0), 0);
      const base = { requestId: request.id, portfolioId: book.id, rev: book.rev, currency };
      const { provenance } = engine.health();
      return reply
        .header('cache-control', 'no-store')
        .send({ ...base, value, stressedValue: value + pnl, pnl, provenance, maxAgeMs, items });
    },
  );

  app.get(
    '/portfolios/:id/var/history',
    {
      schema: {
        tags,
        security,
        summary: 'Stored points of a book and the profit that followed; a day where no window is given',
        params,
        querystring: HistoryQuery,
        response: responses({ 200: HistoryAnswer }),
      },
    },
    async ({ params: { id }, query }) => {
      const { endMs = Date.now(), confidence = 0.99, horizon = 'P1D', limit = 500 } = query;
      const { startMs = endMs - DAY_MS } = query;
      const horizonMs = parseDuration(horizon) ?? DAY_MS;
      await bookOf(books, id);
      const question = { portfolioId: id, confidence, horizonMs, fromMs: startMs, toMs: endMs, limit };
      const points = await recorder.history(question);
      const last = points.at(-1);
      return {
        items: points.map((point) => ({ ...point })),
        ...(points.length === limit && last !== undefined && { nextStartMs: last.atMs + 1 }),
      };
    },
  );
};

/** One side of a what-if; an empty book has no risk, told in the shape of the other side's answer. */
function side(answer: RiskAnswer | undefined, other: RiskAnswer | undefined) {
  if (answer !== undefined) {
    const { value, grossExposure, results } = toVarAnswer(answer, '');
    return { value, grossExposure, results, ...standingOf(answer) };
  }
  const none = { estimate: 0, lower: 0, upper: 0, modelLower: 0, modelUpper: 0, stdError: 0 };
  const results = (other?.results ?? []).map(({ confidence, horizonMs }) => ({
    confidence,
    horizon: formatDuration(horizonMs),
    var: none,
    es: none,
    varRatio: 0,
  }));
  return { value: 0, grossExposure: 0, results };
}
