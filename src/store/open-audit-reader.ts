/**
 * The audit log for reading alone, without migrations, locks or keys: beside a running service, or on a copy
 * of its database. `location` is the path of a SQLite file or a postgres:// URL.
 */
import { existsSync } from 'node:fs';
import { CamelCasePlugin, Kysely } from 'kysely';
import type { AuditReader } from './ports/audit-entries.ts';
import { openPostgres } from './postgres/open-postgres.ts';
import { auditReader } from './repositories/audit-repository.ts';
import type { Tables } from './schema.ts';
import { sqliteDialect } from './sqlite/sqlite-dialect.ts';
import { SqliteLink } from './sqlite/sqlite-link.ts';

export interface OpenAuditReader extends AuditReader {
  close(): Promise<void>;
}

export async function openAuditReader(location: string): Promise<OpenAuditReader> {
  if (/^postgres(ql)?:\/\//.test(location)) {
    const { db, close } = openPostgres({ url: location, poolSize: 1 });
    return { ...auditReader(db), close };
  }
  if (!existsSync(location)) throw new Error(`there is no database file at ${location}`);
  const link = new SqliteLink(location, true);
  await link.ready;
  const db = new Kysely<Tables>({ dialect: sqliteDialect(link), plugins: [new CamelCasePlugin()] });
  return { ...auditReader(db), close: () => db.destroy() };
}
