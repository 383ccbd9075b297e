/** States, bars and epochs that answers were computed from; their shapes are in ../schema.ts. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from './dialect.ts';

export function lineageInputs(dialect: Dialect): Migration {
  const blob = sql.raw(dialect === 'postgres' ? 'bytea' : 'blob');
  const double = sql.raw(dialect === 'postgres' ? 'double precision' : 'real');
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`create table model_bases (id text primary key, model_id text not null,
        created_ms bigint not null, image ${blob} not null, bars text not null)`.execute(db);
      // Absent realised variance is null: neither database keeps NaN alike.
      await sql`create table seen_bars (instance text not null, symbol text not null,
        interval_ms bigint not null, open_time_ms bigint not null, open ${double} not null,
        high ${double} not null, low ${double} not null, close ${double} not null, volume ${double} not null,
        trades bigint not null, realised_variance ${double}, complete bigint not null,
        primary key (instance, symbol, interval_ms, open_time_ms))`.execute(db);
      await sql`create table published_epochs (id text primary key, created_ms bigint not null,
        recipe text not null)`.execute(db);
      await sql`create index model_bases_by_time on model_bases (created_ms)`.execute(db);
      await sql`create index seen_bars_by_time on seen_bars (open_time_ms)`.execute(db);
      await sql`create index published_epochs_by_time on published_epochs (created_ms)`.execute(db);
    },
  };
}
