/**
 * Statements that are kept all or none, at the price of one: each would otherwise wait its turn in a busy event
 * loop, and so would the commit. PostgreSQL takes them as one statement, planned once a connection; SQLite's
 * thread takes them as one message.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Dialect } from '../migrations/dialect.ts';
import { PREPARED } from '../postgres/prepared-statements.ts';
import type { Tables } from '../schema.ts';
import { batchOf } from '../sqlite/sqlite-dialect.ts';

/** None may read what another writes: PostgreSQL shows all of them the tables as they were before. */
export async function writeAtOnce(
  db: Kysely<Tables>,
  dialect: Dialect,
  statements: readonly [...RawBuilder<unknown>[], RawBuilder<unknown>],
): Promise<void> {
  const last = statements.at(-1) as RawBuilder<unknown>;
  const before = statements.slice(0, -1);
  if (dialect === 'sqlite') {
    if (before.length === 0) await last.execute(db);
    else await db.executeQuery(batchOf(statements.map((statement) => statement.compile(db))));
    return;
  }
  const named = before.map((statement, index) => sql`${sql.id(`write_${index}`)} as (${statement})`);
  const forerunners = before.length === 0 ? sql`` : sql`with ${sql.join(named)} `;
  await sql`${sql.raw(PREPARED)}${forerunners}${last}`.execute(db);
}
