/**
 * Audit rows are append-only for the database too: an update is refused, and so is a delete of a row that
 * no checkpoint covers.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from './dialect.ts';

const SQLITE = [
  `create trigger audit_entries_no_update before update on audit_entries
   begin select raise(abort, 'audit entries are append-only'); end`,
  `create trigger audit_entries_no_delete before delete on audit_entries
   when not exists (select 1 from audit_checkpoints c where c.chain = old.chain and c.seq >= old.seq)
   begin select raise(abort, 'audit entries are append-only'); end`,
];

const POSTGRES = [
  `create function audit_entries_guard() returns trigger language plpgsql as $$
   begin
     if tg_op = 'DELETE' and exists
       (select 1 from audit_checkpoints c where c.chain = old.chain and c.seq >= old.seq)
     then return old; end if;
     raise exception 'audit entries are append-only';
   end $$`,
  `create trigger audit_entries_guard before update or delete on audit_entries
   for each row execute function audit_entries_guard()`,
  `create function audit_entries_no_truncate() returns trigger language plpgsql as $$
   begin raise exception 'audit entries are append-only'; end $$`,
  `create trigger audit_entries_no_truncate before truncate on audit_entries
   for each statement execute function audit_entries_no_truncate()`,
];

export function auditGuards(dialect: Dialect): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const statement of dialect === 'sqlite' ? SQLITE : POSTGRES) await sql.raw(statement).execute(db);
    },
  };
}
