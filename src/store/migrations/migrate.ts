/**
 * Brings a database to the newest shape. Safe under concurrent starters: PostgreSQL holds an advisory lock
 * for the run, SQLite's file has one owner.
 */
import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { outageKind } from '../outage.ts';
import { StoreUnavailableError } from '../ports/store-failure.ts';
import { allMigrations } from './all-migrations.ts';
import type { Dialect } from './dialect.ts';

export async function migrate<T>(db: Kysely<T>, dialect: Dialect): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => allMigrations(dialect) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const outage = outageKind(error);
    if (outage !== undefined) throw new StoreUnavailableError(outage, error);
    const failed = results?.find((result) => result.status === 'Error')?.migrationName;
    throw new Error(`migration ${failed ?? 'of the store'} failed`, { cause: error });
  }
  return (results ?? []).map((result) => result.migrationName);
}
