/** Lineage records, sealed before they go anywhere, for they name a caller's book. */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { FieldCipher } from '../crypto/field-cipher.ts';
import type { Dialect } from '../migrations/dialect.ts';
import type { LineageRecord, Lineages } from '../ports/lineages.ts';
import type { Tables } from '../schema.ts';
import { source } from './json-source.ts';

const place = (id: string): string => `lineages/${id}`;

/** In the order of the table's columns. */
export type SealedLineage = readonly [
  id: string,
  atMs: number,
  modelVersion: string,
  keyId: string,
  sealed: string,
];

export function lineageInsert(dialect: Dialect, rows: readonly SealedLineage[]): RawBuilder<unknown> {
  return sql`insert into lineages (id, at_ms, model_version, key_id, sealed)
    ${source(dialect, ['text', 'bigint', 'text', 'text', 'text'], rows)}
    on conflict (id) do nothing`;
}

export function sealLineages(cipher: FieldCipher, records: readonly LineageRecord[]): SealedLineage[] {
  return records.map(({ id, atMs, modelVersion, payload }) => {
    const { keyId, sealed } = cipher.seal(place(id), payload);
    return [id, atMs, modelVersion, keyId, sealed];
  });
}

export function lineageRepository(db: Kysely<Tables>, cipher: FieldCipher): Lineages {
  return {
    async get(id) {
      const row = await db.selectFrom('lineages').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) return undefined;
      const { keyId, sealed, ...record } = row;
      return { ...record, payload: cipher.open<string>(place(id), { keyId, sealed }) };
    },
  };
}
