/**
 * Migrations that may have to wait: a service that starts while its database is away brings the tables up to
 * date when it is back, and nothing touches them before. Safe beside other starters: see migrate.ts.
 * Flow: open-store -> here (at the start, then before every replay until it is done) -> migrate.
 */
import type { Kysely } from 'kysely';
import { StoreUnavailableError } from '../ports/store-failure.ts';
import type { Dialect } from './dialect.ts';
import { migrate } from './migrate.ts';

export interface LateMigration {
  readonly done: boolean;
  /** True when the tables are in shape; false while the database is away or refuses. */
  tryAgain(): Promise<boolean>;
}

/** Throws what is not an outage, and an outage too unless `mayWait`. */
export async function startMigration<T>(
  db: Kysely<T>,
  dialect: Dialect,
  mayWait: boolean,
  onOutage: (kind: string, cause: unknown) => void,
  onRefused: (error: Error) => void,
): Promise<LateMigration> {
  let done = true;
  try {
    await migrate(db, dialect);
  } catch (error) {
    if (!mayWait || !(error instanceof StoreUnavailableError)) throw error;
    done = false;
    onOutage(error.kind, error.cause);
  }
  let refused = '';
  return {
    get done() {
      return done;
    },
    async tryAgain() {
      if (done) return true;
      try {
        await migrate(db, dialect);
        done = true;
      } catch (error) {
        if (error instanceof StoreUnavailableError) return false;
        const { message } = error as Error;
        if (message !== refused) onRefused(error as Error);
        refused = message;
      }
      return done;
    },
  };
}
