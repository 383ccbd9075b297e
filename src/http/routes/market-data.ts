/**
 * What is followed and how fresh it is.
 * Flow: engine views -> wire form, paged
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Bar } from '#domain/market/bar.ts';
import type { RiskEngine } from '#engine/risk-engine.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { amountString } from '../decimal.ts';
import { failureProblem, Problem } from '../problems.ts';
import { splitLists } from '../query-lists.ts';
import {
  BarView,
  Cursor,
  INTERVALS_MS,
  Instrument,
  Interval,
  Limit,
  MarketState,
} from '../schemas/market.ts';
import { responses } from '../schemas/problem.ts';
import { SymbolName } from '../schemas/risk.ts';

const closed = { additionalProperties: false } as const;
const security = [{ bearer: [] }];
const tags = ['market data'];
const DEFAULT_LIMIT = 100;
const EpochMs = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });

export const marketDataRoutes: FastifyPluginAsyncTypebox<{ readonly engine: RiskEngine }> = async (
  app,
  { engine },
) => {
  app.get(
    '/time',
    {
      schema: {
        tags,
        security,
        summary: 'Clock of the service',
        response: responses({ 200: Type.Object({ serverTimeMs: Type.Integer() }) }),
      },
    },
    () => ({ serverTimeMs: Date.now() }),
  );

  app.get(
    '/instruments',
    {
      schema: {
        tags,
        security,
        summary: 'Symbols that can be valued',
        querystring: Type.Object(
          {
            status: Type.Optional(
              Type.Union([Type.Literal('trading'), Type.Literal('halted'), Type.Literal('unknown')]),
            ),
            cursor: Type.Optional(Cursor),
            limit: Type.Optional(Limit),
          },
          closed,
        ),
        response: responses({
          200: Type.Object({ items: Type.Array(Instrument), nextCursor: Type.Optional(Type.String()) }),
        }),
      },
    },
    ({ query }) => {
      const { status, limit = DEFAULT_LIMIT, cursor } = query;
      const after = cursor === undefined ? '' : fromCursor(cursor);
      const rest = engine
        .instruments()
        .filter((view) => status === undefined || view.status === status)
        .toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1))
        .filter(({ symbol }) => symbol > after);
      const items = rest.slice(0, limit).map(({ lastPrice, ...view }) => ({
        ...view,
        lastPrice: Number.isFinite(lastPrice) && lastPrice > 0 ? amountString(lastPrice) : null,
      }));
      const last = items.at(-1);
      return rest.length > limit && last !== undefined
        ? { items, nextCursor: toCursor(last.symbol) }
        : { items };
    },
  );

  app.get(
    '/market-data/status',
    {
      preValidation: splitLists('symbols'),
      schema: {
        tags,
        security,
        summary: 'Freshness, gaps and duplicates per symbol',
        querystring: Type.Object(
          { symbols: Type.Optional(Type.Array(SymbolName, { minItems: 1, maxItems: 100 })) },
          closed,
        ),
        response: responses({ 200: Type.Object({ items: Type.Array(MarketState) }) }),
      },
    },
    ({ query }, reply) => {
      const views = engine.marketData();
      const wanted = query.symbols ?? views.map(({ symbol }) => symbol);
      const items = wanted.map((name) => {
        const view = views.find(({ symbol }) => symbol === name);
        if (view === undefined) throw new Problem('unknown-symbol', `${name} is not followed`);
        return { ...view, lost: [...view.lost] };
      });
      reply.header('cache-control', 'no-store');
      return { items };
    },
  );

  app.get(
    '/market-data/:symbol/bars',
    {
      schema: {
        tags,
        security,
        summary: 'Closed bars, oldest first',
        params: Type.Object({ symbol: SymbolName }),
        querystring: Type.Object(
          {
            interval: Type.Optional(Interval),
            startMs: Type.Optional(EpochMs),
            endMs: Type.Optional(EpochMs),
            cursor: Type.Optional(Cursor),
            limit: Type.Optional(Limit),
          },
          closed,
        ),
        response: responses({
          200: Type.Object({
            symbol: Type.String(),
            interval: Interval,
            items: Type.Array(BarView),
            nextCursor: Type.Optional(Type.String()),
          }),
        }),
      },
    },
    ({ params: { symbol }, query }) => {
      const { interval = '1h', limit = DEFAULT_LIMIT, cursor, endMs = Date.now() } = query;
      const intervalMs = INTERVALS_MS[interval];
      // Up to now the last bar of the window is still open.
      const span = (query.endMs === undefined ? limit + 1 : limit) * intervalMs;
      const fromMs = cursor === undefined ? (query.startMs ?? endMs - span) : startOf(fromCursor(cursor));
      if (fromMs > endMs)
        throw new Problem('invalid-request', undefined, {
          errors: [{ path: '/startMs', message: 'must not be after endMs' }],
        });
      const outcome = engine.bars(symbol, intervalMs, fromMs, endMs, limit);
      if (!outcome.ok)
        throw failureProblem(outcome, outcome.reason === 'unknown-symbol' ? { status: 404 } : {});
      const items = outcome.value.map(toBarView);
      const last = items.at(-1);
      const more = last !== undefined && items.length === limit && last.openMs + intervalMs < endMs;
      return {
        symbol,
        interval,
        items,
        ...(more ? { nextCursor: toCursor(String(last.openMs + intervalMs)) } : {}),
      };
    },
  );
};

function startOf(key: string): number {
  if (!/^\d{1,16}$/.test(key)) throw new Problem('invalid-request', 'The cursor is of another list');
  return Number(key);
}

function toBarView(bar: Bar) {
  return {
    openMs: bar.openTimeMs,
    open: amountString(bar.open),
    high: amountString(bar.high),
    low: amountString(bar.low),
    close: amountString(bar.close),
    volume: amountString(bar.volume),
    trades: bar.trades,
    realisedVariance: Number.isFinite(bar.realisedVariance) ? bar.realisedVariance : null,
    complete: bar.complete,
  };
}
