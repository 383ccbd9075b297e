/**
 * One VaR of a stored book taken apart: what each position carries, the scenarios behind the shortfall, the
 * models and bars that speak, the lineage, and why the figure is not what it was.
 * Flow: request -> book -> valuation with `explain` -> engine/portfolio-recorder (change) -> wire form
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ModelMachine } from '#engine/model-machine.ts';
import type { PortfolioBooks } from '#engine/portfolio-books.ts';
import type { PortfolioRecorder } from '#engine/portfolio-recorder.ts';
import { bookOf, engineBook } from '../books.ts';
import { formatDuration } from '../duration.ts';
import { toRiskOptions } from '../risk-translation.ts';
import { ExplainAnswer, ExplainQuery } from '../schemas/explain.ts';
import { BookId } from '../schemas/portfolio.ts';
import { responses } from '../schemas/problem.ts';
import type { Valuation } from '../valuation.ts';

export interface PortfolioExplainOptions {
  readonly books: PortfolioBooks;
  readonly recorder: PortfolioRecorder;
  readonly valuation: Valuation;
  readonly models: Pick<ModelMachine, 'slots' | 'installedVersion'>;
  readonly currency: string;
}

const DAY_MS = 86_400_000;
const LONGEST_MS = 31 * DAY_MS;

export const portfolioExplainRoutes: FastifyPluginAsyncTypebox<PortfolioExplainOptions> = async (
  app,
  { books, recorder, valuation, models, currency },
) => {
  function storedVersion(symbol: string, intervalMs: number): { modelId?: string; version?: string } {
    const slot = models.slots.find((one) => one.symbol === symbol && one.intervalMs === intervalMs);
    if (slot === undefined) return {};
    const version = models.installedVersion(slot.modelId);
    return { modelId: slot.modelId, ...(version !== undefined && { version }) };
  }

  app.get(
    '/portfolios/:id/var/explain',
    {
      config: { weight: 4 },
      schema: {
        tags: ['portfolios'],
        security: [{ bearer: [] }],
        summary: 'VaR taken apart: components, tail scenarios, models, lineage, and what changed since',
        description: 'The change is told since `sinceMs`: a day ago where absent, a month at most.',
        params: Type.Object({ id: BookId }),
        querystring: ExplainQuery,
        response: responses({ 200: ExplainAnswer }),
      },
    },
    async (request, reply) => {
      const { confidence = 0.99, horizon = 'P1D', sinceMs, ...rest } = request.query;
      const book = await bookOf(books, request.params.id);
      const wanted = toRiskOptions({ ...rest, confidence: [confidence], horizon: [horizon] });
      const query = { positions: engineBook(book.positions), ...wanted, contributions: true, explain: true };
      const answer = await valuation(query, request);
      const [result] = answer.results;
      const { var: value, es, varRatio, horizonMs, contributions = [], tail = [] } = result!;
      const fromMs = Math.max(sinceMs ?? answer.asOfMs - DAY_MS, answer.asOfMs - LONGEST_MS);
      const change = await recorder.change(book, answer, fromMs);
      const quantities = new Map(book.positions.map(({ symbol, quantity }) => [symbol, quantity]));
      const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
      const { results: _results, method: _method, voices = [], compliance, ...shared } = answer;
      return reply.header('cache-control', 'no-store').send({
        ...shared,
        requestId: request.id,
        portfolioId: book.id,
        rev: book.rev,
        currency,
        confidence,
        horizon,
        var: value,
        es,
        varRatio,
        components: contributions.map((item) => ({
          ...item,
          quantity: quantities.get(item.symbol) ?? '0',
          shareOfVar: share(item.componentVar, value.estimate),
          shareOfEs: share(item.componentEs, es.estimate),
        })),
        tail: tail.map(({ items, ...group }) => ({ ...group, items: items.map((item) => ({ ...item })) })),
        voices: voices.map(({ symbol, intervalMs, dataAsOfMs, weights }) => ({
          symbol,
          interval: formatDuration(intervalMs),
          ...storedVersion(symbol, intervalMs),
          steps: Math.ceil(horizonMs / intervalMs),
          dataAsOfMs,
          weights: [...weights],
        })),
        ...(change !== undefined && { change }),
        ...(compliance !== undefined && {
          compliance: { ...compliance, failing: [...compliance.failing], unknown: [...compliance.unknown] },
        }),
      });
    },
  );
};
