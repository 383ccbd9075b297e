/** Lineage records, sealed: they name a caller's book. */
import { type Kysely, sql } from 'kysely';
import type { FieldCipher } from '../crypto/field-cipher.ts';
import type { Dialect } from '../migrations/dialect.ts';
import type { Lineages } from '../ports/lineages.ts';
import type { Tables } from '../schema.ts';
import { source } from './json-source.ts';

const place = (id: string): string => `lineages/${id}`;

export function lineageRepository(db: Kysely<Tables>, dialect: Dialect, cipher: FieldCipher): Lineages {
  return {
    async keep(records) {
      if (records.length === 0) return;
      const rows = records.map(({ id, atMs, modelVersion, payload }) => {
        const { keyId, sealed } = cipher.seal(place(id), payload);
        return [id, atMs, modelVersion, keyId, sealed];
      });
      await sql`insert into lineages (id, at_ms, model_version, key_id, sealed)
        ${source(dialect, ['text', 'bigint', 'text', 'text', 'text'], rows)}
        on conflict (id) do nothing`.execute(db);
    },
    async get(id) {
      const row = await db.selectFrom('lineages').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) return undefined;
      const { keyId, sealed, ...record } = row;
      return { ...record, payload: cipher.open<string>(place(id), { keyId, sealed }) };
    },
  };
}
