/**
 * The head of a chain follows its rows inside the statement that inserts them, so an append is one statement
 * and one commit.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from './dialect.ts';

const SQLITE = [
  `create trigger audit_entries_head after insert on audit_entries
   begin
     insert into audit_heads (chain, seq, hash) values (new.chain, new.seq, new.hash)
     on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash
     where audit_heads.seq < excluded.seq;
   end`,
];

const POSTGRES = [
  `create function audit_entries_head() returns trigger language plpgsql as $$
   begin
     insert into audit_heads (chain, seq, hash)
     select distinct on (chain) chain, seq, hash from fresh order by chain, seq desc
     on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash
     where audit_heads.seq < excluded.seq;
     return null;
   end $$`,
  `create trigger audit_entries_head after insert on audit_entries
   referencing new table as fresh for each statement execute function audit_entries_head()`,
];

export function auditHeads(dialect: Dialect): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of dialect === 'sqlite' ? SQLITE : POSTGRES) await sql.raw(statement).execute(db);
    },
  };
}
