/**
 * Keeps the stored book `account` equal to what the exchange account holds. Only followed symbols enter the
 * book; the account currency itself carries no risk, and everything else is named as left out. Absolute
 * holdings are read each round, so a missed round loses nothing.
 *
 * Flow: feed/account-source -> here -> engine/portfolio-books. Units: milliseconds, base units.
 */
import type { AccountFault, AccountSource, Holding } from '#feed/account-source.ts';
import type { BookPosition, PortfolioBooks } from './portfolio-books.ts';

export const ACCOUNT_BOOK = 'account';

export interface AccountStatus {
  /** When the account was last read; 0 before the first time. */
  readonly readMs: number;
  readonly fault: AccountFault | undefined;
  /** Assets held that cannot be valued here. */
  readonly excluded: readonly string[];
  /** Rights of the key beyond reading, as last seen; undefined until they are known. */
  readonly excessRights: readonly string[] | undefined;
}

export interface AccountSync {
  /** One round; a round under way is shared. Never rejects. */
  sync(): Promise<AccountStatus>;
  status(): AccountStatus;
  start(): void;
  close(): Promise<void>;
}

export interface AccountSyncOptions {
  readonly source: AccountSource;
  readonly books: PortfolioBooks;
  readonly symbols: readonly string[];
  readonly currency: string;
  readonly everyMs: number;
  readonly onStatus?: (status: AccountStatus) => void;
}

const CALLER = { actor: 'account-sync', requestId: 'account-sync' };

export function createAccountSync(options: AccountSyncOptions): AccountSync {
  const { source, books, symbols, currency } = options;
  const stop = new AbortController();
  let status: AccountStatus = { readMs: 0, fault: undefined, excluded: [], excessRights: undefined };
  let round: Promise<AccountStatus> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function syncOnce(): Promise<AccountStatus> {
    const read = await source.read(stop.signal);
    if (!read.ok) {
      const { fault } = read;
      return { ...status, fault, ...(fault.rights !== undefined && { excessRights: fault.rights }) };
    }
    const { holdings, readMs } = read.value;
    const { positions, excluded } = positionsOf(holdings, symbols, currency);
    try {
      await store(positions);
      return { readMs, fault: undefined, excluded, excessRights: [] };
    } catch (error) {
      const message = `the book could not be kept: ${error instanceof Error ? error.message : String(error)}`;
      return { ...status, fault: { kind: 'unreachable', message } };
    }
  }

  async function store(positions: readonly BookPosition[]): Promise<void> {
    const book = await books.get(ACCOUNT_BOOK);
    if (book === undefined)
      await books.create({ id: ACCOUNT_BOOK, name: 'Exchange account', currency, positions }, CALLER);
    else if (JSON.stringify(book.positions) !== JSON.stringify(positions))
      await books.setPositions(ACCOUNT_BOOK, book.rev, positions, CALLER);
  }

  const sync: AccountSync = {
    sync() {
      round ??= syncOnce()
        .then((next) => {
          status = next;
          options.onStatus?.(next);
          return next;
        })
        .finally(() => {
          round = undefined;
        });
      return round;
    },
    status: () => status,
    start() {
      void sync.sync();
      timer = setInterval(() => void sync.sync(), options.everyMs);
      timer.unref();
    },
    async close() {
      clearInterval(timer);
      stop.abort();
      await round;
    },
  };
  return sync;
}

/** Holdings as positions in followed symbols, in the symbols' order, and the assets that have none. */
function positionsOf(
  holdings: readonly Holding[],
  symbols: readonly string[],
  currency: string,
): { positions: readonly BookPosition[]; excluded: readonly string[] } {
  const held = new Map(holdings.map(({ asset, free, locked }) => [`${asset}${currency}`, free + locked]));
  return {
    positions: symbols
      .filter((symbol) => (held.get(symbol) ?? 0) !== 0)
      .map((symbol) => ({ symbol, quantity: String(held.get(symbol)) })),
    excluded: holdings
      .map(({ asset }) => asset)
      .filter((asset) => asset !== currency && !symbols.includes(`${asset}${currency}`)),
  };
}
