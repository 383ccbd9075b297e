/**
 * Tells an outage of the database (spool, retry, 503) from a refused statement (a bug or a broken rule).
 * Sources: SQLite result codes; PostgreSQL SQLSTATE classes 08, 53, 57, 58; Node socket error codes.
 */
import { StoreUnavailableError } from './ports/store-failure.ts';
import { SqliteError } from './sqlite/sqlite-link.ts';

const SQLITE_OUTAGE: Record<number, string> = {
  5: 'busy',
  7: 'no-memory',
  8: 'read-only',
  10: 'io-error',
  11: 'corrupt',
  13: 'disk-full',
  14: 'cannot-open',
  26: 'not-a-database',
};

/** A bounded name of the outage, or undefined where the error is not one. */
export function outageKind(error: unknown): string | undefined {
  if (error instanceof StoreUnavailableError) return error.kind;
  if (error instanceof SqliteError) return error.code === 0 ? 'closed' : SQLITE_OUTAGE[error.code & 0xff];
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') {
    if (/^(08|57P)/.test(code)) return 'connection';
    if (code === '53100') return 'disk-full';
    if (/^53/.test(code)) return 'resources';
    if (code === '57014') return 'timeout';
    if (/^58/.test(code)) return 'io-error';
    if (code === '25006') return 'read-only';
    if (/^E[A-Z]+$/.test(code)) return 'connection';
  }
  if (typeof message === 'string') {
    if (/timeout/i.test(message)) return 'timeout';
    if (/connection|pool|driver has already been destroyed/i.test(message)) return 'connection';
  }
  return undefined;
}
