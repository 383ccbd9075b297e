/**
 * Lineage records of one append on one page; its shape is in ../schema.ts. The table of single records stays: a
 * replica of the release before still writes it during a roll-out, and what it holds can still be recomputed.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from './dialect.ts';

export function lineagePages(dialect: Dialect): Migration {
  // SQLite finds an id in the index alone; PostgreSQL keeps long values apart and limits what an index may hold.
  const indexed = sql.raw(dialect === 'sqlite' ? 'at_ms, chain, seq, lineage_ids' : 'at_ms');
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`create table lineage_pages (chain text not null, seq bigint not null, at_ms bigint not null,
        lineage_ids text not null, key_id text not null, sealed text not null,
        primary key (chain, seq))`.execute(db);
      await sql`create index lineage_pages_by_time on lineage_pages (${indexed})`.execute(db);
    },
  };
}
