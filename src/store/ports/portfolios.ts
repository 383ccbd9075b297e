/**
 * Stored books. Positions and limits are encrypted at rest; `rev` rises by one with every change and a
 * writer must name the revision it saw.
 * Units: quantities as decimal strings, times in epoch milliseconds.
 */
export interface StoredPosition {
  readonly symbol: string;
  readonly quantity: string;
}

export interface StoredLimit {
  readonly id: string;
  readonly metric: 'var' | 'es' | 'gross';
  readonly confidence: number;
  readonly horizonMs: number;
  /** In the book's currency. */
  readonly max: string;
  /** Share of `max` from which the limit warns. */
  readonly warnAt: number;
  /** A breach stays until it is acknowledged. */
  readonly latched: boolean;
}

export interface Portfolio {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly rev: number;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly positions: readonly StoredPosition[];
  readonly limits: readonly StoredLimit[];
}

export interface NewPortfolio {
  readonly id: string;
  readonly name: string;
  readonly currency: string;
  readonly createdMs: number;
  readonly positions: readonly StoredPosition[];
}

export interface PortfolioChange {
  readonly name?: string;
  readonly positions?: readonly StoredPosition[];
  readonly limits?: readonly StoredLimit[];
  readonly atMs: number;
}

export type ChangeOutcome =
  | { readonly kind: 'changed'; readonly portfolio: Portfolio }
  | { readonly kind: 'missing' }
  | { readonly kind: 'stale'; readonly rev: number };

export interface Portfolios {
  create(portfolio: NewPortfolio): Promise<Portfolio>;
  get(id: string): Promise<Portfolio | undefined>;
  /** Newest first by creation; portfolios strictly older than `before`. */
  list(
    limit: number,
    before?: { readonly createdMs: number; readonly id: string },
  ): Promise<readonly Portfolio[]>;
  change(id: string, expectedRev: number, change: PortfolioChange): Promise<ChangeOutcome>;
  /** Without a revision the delete is unconditional. */
  remove(id: string, expectedRev?: number): Promise<'removed' | 'missing' | 'stale'>;
  /** Seals every book under the active key again, `batch` rows at a time; resolves to the rows changed. */
  reencrypt(batch: number): Promise<number>;
}
