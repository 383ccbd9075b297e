/**
 * Stored books: made, read, changed under the revision that was seen, removed.
 * Flow: request -> engine/portfolio-books -> wire form
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ACCOUNT_BOOK } from '#engine/account-sync.ts';
import type { PortfolioBooks } from '#engine/portfolio-books.ts';
import { withPositions } from '#engine/portfolio-trades.ts';
import type { RiskEngine } from '#engine/risk-engine.ts';
import {
  bookForm,
  bookOf,
  changedBook,
  holdingsOf,
  missing,
  neededRevision,
  revisionOf,
  stale,
  withRevision,
} from '../books.ts';
import { callerOf } from '../caller.ts';
import { fromCursor, toCursor } from '../cursor.ts';
import { Problem } from '../problems.ts';
import { Cursor, Limit } from '../schemas/market.ts';
import { BookId, BookSchema, NewBook, PositionsBody } from '../schemas/portfolio.ts';
import { responses } from '../schemas/problem.ts';

export interface PortfolioRouteOptions {
  readonly books: PortfolioBooks;
  readonly engine: RiskEngine;
  readonly currency: string;
}

const security = [{ bearer: [] }];
const tags = ['portfolios'];
const params = Type.Object({ id: BookId });
const DEFAULT_LIMIT = 100;

export const portfolioRoutes: FastifyPluginAsyncTypebox<PortfolioRouteOptions> = async (
  app,
  { books, engine, currency },
) => {
  app.post(
    '/portfolios',
    {
      config: { scope: 'write', idempotent: true },
      schema: {
        tags,
        security,
        summary: 'Store a book; positions are encrypted at rest',
        body: NewBook,
        response: responses({ 201: BookSchema }),
      },
    },
    async (request, reply) => {
      const { name, positions, currency: wanted = currency } = request.body;
      if (wanted !== currency) throw new Problem('invalid-book', `Books are kept in ${currency}`);
      const held = withPositions([], holdingsOf(positions, engine, 'positions'));
      const book = await books.create({ name, currency, positions: held }, callerOf(request));
      reply.header('location', `/v1/portfolios/${book.id}`);
      return withRevision(reply, book).code(201).send(bookForm(book));
    },
  );

  app.get(
    '/portfolios',
    {
      schema: {
        tags,
        security,
        summary: 'Stored books, newest first',
        querystring: Type.Object(
          { cursor: Type.Optional(Cursor), limit: Type.Optional(Limit) },
          { additionalProperties: false },
        ),
        response: responses({
          200: Type.Object({ items: Type.Array(BookSchema), nextCursor: Type.Optional(Type.String()) }),
        }),
      },
    },
    async ({ query: { cursor, limit = DEFAULT_LIMIT } }) => {
      const found = await books.list(limit, cursor === undefined ? undefined : placeOf(fromCursor(cursor)));
      const last = found.at(-1);
      const more = found.length === limit && last !== undefined;
      return {
        items: found.map(bookForm),
        ...(more && { nextCursor: toCursor(`${last.createdMs}:${last.id}`) }),
      };
    },
  );

  app.get(
    '/portfolios/:id',
    { schema: { tags, security, summary: 'One book', params, response: responses({ 200: BookSchema }) } },
    async (request, reply) => {
      const book = await bookOf(books, request.params.id);
      return withRevision(reply, book).send(bookForm(book));
    },
  );

  app.delete(
    '/portfolios/:id',
    {
      config: { scope: 'write' },
      schema: {
        tags,
        security,
        summary: 'Remove a book; with If-Match only at that revision',
        params,
        response: responses({ 204: Type.Null() }),
      },
    },
    async (request, reply) => {
      const rev = revisionOf(request);
      const outcome = await books.remove(request.params.id, rev, callerOf(request));
      if (outcome === 'missing') throw missing();
      if (outcome === 'stale') throw stale((await bookOf(books, request.params.id)).rev);
      return reply.code(204).send(null);
    },
  );

  app.put(
    '/portfolios/:id/positions',
    {
      config: { scope: 'write' },
      schema: {
        tags,
        security,
        summary: 'Replace all positions (If-Match needed)',
        params,
        body: PositionsBody,
        response: responses({ 200: BookSchema }),
      },
    },
    async (request, reply) => {
      keptByCaller(request.params.id);
      const rev = neededRevision(request);
      const held = withPositions([], holdingsOf(request.body.positions, engine, 'positions'));
      const book = changedBook(await books.setPositions(request.params.id, rev, held, callerOf(request)));
      return withRevision(reply, book).send(bookForm(book));
    },
  );

  app.patch(
    '/portfolios/:id/positions',
    {
      config: { scope: 'write' },
      schema: {
        tags,
        security,
        summary: 'Replace the named positions; zero takes one out (If-Match needed)',
        params,
        body: PositionsBody,
        response: responses({ 200: BookSchema }),
      },
    },
    async (request, reply) => {
      keptByCaller(request.params.id);
      const rev = neededRevision(request);
      const changes = holdingsOf(request.body.positions, engine, 'positions');
      const former = await bookOf(books, request.params.id);
      if (former.rev !== rev) throw stale(former.rev);
      const held = withPositions(former.positions, changes);
      const book = changedBook(await books.setPositions(former.id, rev, held, callerOf(request)));
      return withRevision(reply, book).send(bookForm(book));
    },
  );
};

/** What the exchange account holds is the exchange's word; its book follows every minute. */
function keptByCaller(id: string): void {
  if (id === ACCOUNT_BOOK)
    throw new Problem('conflict', 'The book of the exchange account is kept by the service');
}

function placeOf(key: string): { createdMs: number; id: string } {
  const [, createdMs, id] = /^(\d{1,16}):([\w-]{1,64})$/.exec(key) ?? [];
  if (id === undefined) throw new Problem('invalid-request', 'The cursor is of another list');
  return { createdMs: Number(createdMs), id };
}
