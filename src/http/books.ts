/**
 * What the routes of stored books share: the wire form, the revision in If-Match, known symbols.
 * Flow: routes/portfolios, routes/portfolio-risk, routes/portfolio-limits -> here.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Book, BookChange, BookPosition, PortfolioBooks } from '#engine/portfolio-books.ts';
import { normalDecimal } from '#engine/portfolio-trades.ts';
import type { RiskEngine } from '#engine/risk-engine.ts';
import { decimalString } from './decimal.ts';
import { Problem, type ProblemDetail } from './problems.ts';

export function bookForm({ limits: _apart, positions, ...book }: Book) {
  return { ...book, positions: positions.map((position) => ({ ...position })) };
}

export async function bookOf(books: PortfolioBooks, id: string): Promise<Book> {
  const book = await books.get(id);
  if (book === undefined) throw missing();
  return book;
}

export function missing(): Problem {
  return new Problem('not-found', 'There is no portfolio of this id');
}

export function stale(rev: number): Problem {
  return new Problem('precondition-failed', `The portfolio is at revision ${rev}`);
}

/** The changed book, or the problem that kept it from changing. */
export function changedBook(outcome: BookChange): Book {
  if (outcome.kind === 'missing') throw missing();
  if (outcome.kind === 'stale') throw stale(outcome.rev);
  return outcome.portfolio;
}

export function withRevision(reply: FastifyReply, { rev }: Book): FastifyReply {
  return reply.header('etag', `"${rev}"`).header('cache-control', 'no-store');
}

/** The revision a caller saw; `needed` makes its absence a problem of its own. */
export function revisionOf(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined) return undefined;
  const [, rev] = /^"?(\d{1,15})"?$/.exec(header.trim()) ?? [];
  if (rev === undefined)
    throw new Problem('precondition-failed', 'If-Match must hold one revision, e.g. "3"');
  return Number(rev);
}

export function neededRevision(request: FastifyRequest): number {
  const rev = revisionOf(request);
  if (rev === undefined)
    throw new Problem('precondition-required', 'Send the revision you saw as If-Match, e.g. "3"');
  return rev;
}

/** Holdings as sent, in normal decimal text; every fault is named at once. */
export function holdingsOf(
  sent: readonly { readonly symbol: string; readonly quantity: string | number }[],
  engine: RiskEngine,
  field: string,
): readonly BookPosition[] {
  const known = new Set(engine.instruments().map(({ symbol }) => symbol));
  const seen = new Set<string>();
  const errors: ProblemDetail[] = [];
  const positions = sent.map(({ symbol, quantity }, index) => {
    if (!known.has(symbol))
      errors.push({ path: `/${field}/${index}/symbol`, message: `${symbol} is not followed` });
    if (seen.has(symbol))
      errors.push({ path: `/${field}/${index}/symbol`, message: `${symbol} appears twice` });
    seen.add(symbol);
    const decimal = typeof quantity === 'number' ? decimalString(quantity) : quantity;
    return { symbol, quantity: normalDecimal(decimal) };
  });
  if (errors.length > 0)
    throw new Problem(seen.size < sent.length ? 'duplicate-symbol' : 'unknown-symbol', undefined, { errors });
  return positions;
}

/** The book as the engine is asked about it. */
export function engineBook(positions: readonly BookPosition[]) {
  if (positions.length === 0) throw new Problem('invalid-book', 'The portfolio holds no position');
  return positions.map(({ symbol, quantity }) => ({ symbol, quantity: Number(quantity) }));
}
