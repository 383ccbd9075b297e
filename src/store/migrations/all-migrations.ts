/** Every migration in order. A landed migration is never edited: a change is a new file. */
import type { Migration } from 'kysely/migration';
import { initialTables } from './0001-initial-tables.ts';
import { auditGuards } from './0002-audit-guards.ts';
import { auditHeads } from './0003-audit-heads.ts';
import { lineageInputs } from './0004-lineage-inputs.ts';
import { lineagePages } from './0005-lineage-pages.ts';
import type { Dialect } from './dialect.ts';

export function allMigrations(dialect: Dialect): Record<string, Migration> {
  return {
    '0001-initial-tables': initialTables(dialect),
    '0002-audit-guards': auditGuards(dialect),
    '0003-audit-heads': auditHeads(dialect),
    '0004-lineage-inputs': lineageInputs(dialect),
    '0005-lineage-pages': lineagePages(dialect),
  };
}
