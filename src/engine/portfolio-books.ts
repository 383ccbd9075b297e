/**
 * Stored books as http sees them. Every change is audited before and after; quantities never enter the audit
 * log, only how many positions there are and a hash of them.
 * Flow: http/routes/portfolios -> here -> store.
 */
import { createHash, randomUUID } from 'node:crypto';
import type {
  ChangeOutcome,
  Portfolio,
  PortfolioChange,
  Portfolios,
  StoredLimit,
  StoredPosition,
} from '#store/ports/portfolios.ts';
import { canonicalJson } from './audit-chain.ts';
import { type AuditedCall, type AuditTrail, audited } from './audit-trail.ts';

export type Book = Portfolio;
export type BookPosition = StoredPosition;
export type BookLimit = StoredLimit;
export type BookChange = ChangeOutcome;

export interface BookCaller {
  readonly actor: string;
  readonly requestId: string;
}

export interface NewBook {
  /** Made up where absent. */
  readonly id?: string;
  readonly name: string;
  readonly currency: string;
  readonly positions: readonly BookPosition[];
}

export interface PortfolioBooks {
  create(book: NewBook, caller: BookCaller): Promise<Book>;
  get(id: string): Promise<Book | undefined>;
  list(limit: number, before?: { readonly createdMs: number; readonly id: string }): Promise<readonly Book[]>;
  setPositions(
    id: string,
    rev: number,
    positions: readonly BookPosition[],
    caller: BookCaller,
  ): Promise<BookChange>;
  setLimits(id: string, rev: number, limits: readonly BookLimit[], caller: BookCaller): Promise<BookChange>;
  remove(id: string, rev: number | undefined, caller: BookCaller): Promise<'removed' | 'missing' | 'stale'>;
}

export interface PortfolioBooksOptions {
  readonly portfolios: Portfolios;
  readonly trail: AuditTrail;
  readonly now?: () => number;
}

export function createPortfolioBooks({
  portfolios,
  trail,
  now = Date.now,
}: PortfolioBooksOptions): PortfolioBooks {
  const call = (
    action: string,
    subject: string,
    { actor, requestId }: BookCaller,
    details: Readonly<Record<string, unknown>> = {},
  ): AuditedCall => ({ actor, action, subject, correlationId: requestId, details });

  function change(id: string, rev: number, wanted: Omit<PortfolioChange, 'atMs'>, audit: AuditedCall) {
    const effect = () => portfolios.change(id, rev, { ...wanted, atMs: now() });
    return audited(trail, audit, effect, ({ kind }) => kind !== 'changed');
  }

  return {
    create(book, caller) {
      const id = book.id ?? `pf_${randomUUID()}`;
      const audit = call('portfolio.create', id, caller, summary(book.positions));
      return audited(trail, audit, () => portfolios.create({ ...book, id, createdMs: now() }));
    },
    get: (id) => portfolios.get(id),
    list: (limit, before) => portfolios.list(limit, before),
    setPositions: (id, rev, positions, caller) =>
      change(id, rev, { positions }, call('portfolio.positions', id, caller, { rev, ...summary(positions) })),
    setLimits: (id, rev, limits, caller) =>
      change(id, rev, { limits }, call('portfolio.limits', id, caller, { rev, limits: limits.length })),
    remove(id, rev, caller) {
      const audit = call('portfolio.delete', id, caller, { rev: rev ?? null });
      return audited(
        trail,
        audit,
        () => portfolios.remove(id, rev),
        (outcome) => outcome !== 'removed',
      );
    },
  };
}

function summary(positions: readonly BookPosition[]): Readonly<Record<string, unknown>> {
  return {
    positions: positions.length,
    sha256: createHash('sha256').update(canonicalJson(positions)).digest('hex'),
  };
}
