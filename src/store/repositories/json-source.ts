/**
 * Any number of rows as the source of one insert: they go over as one JSON text, so the statement is always
 * the same and is prepared once.
 * Shapes: every row holds its values in the order of `kinds`.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Dialect } from '../migrations/dialect.ts';

export function source(
  dialect: Dialect,
  kinds: readonly ('text' | 'bigint')[],
  rows: readonly (readonly (string | number)[])[],
): RawBuilder<unknown> {
  const json = JSON.stringify(rows);
  if (dialect === 'sqlite') {
    const values = kinds.map((_, index) => `value ->> ${index}`).join(', ');
    // SQLite needs the where clause: without it the following `on conflict` would read as a join.
    return sql`select ${sql.raw(values)} from json_each(${json}) where true`;
  }
  const values = kinds.map((kind, index) => `(v ->> ${index})::${kind}`).join(', ');
  return sql`select ${sql.raw(values)} from jsonb_array_elements(${json}::jsonb) as rows(v)`;
}
