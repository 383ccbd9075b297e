/** Lineage records, sealed: they name a caller's book. */
import type { Kysely } from 'kysely';
import type { FieldCipher } from '../crypto/field-cipher.ts';
import type { Lineages } from '../ports/lineages.ts';
import type { Tables } from '../schema.ts';
import { chunks, ROWS_PER_INSERT } from './rows.ts';

const place = (id: string): string => `lineages/${id}`;

export function lineageRepository(db: Kysely<Tables>, cipher: FieldCipher): Lineages {
  return {
    async keep(records) {
      for (const part of chunks(records, ROWS_PER_INSERT))
        await db
          .insertInto('lineages')
          .values(
            part.map(({ payload, ...record }) => ({ ...record, ...cipher.seal(place(record.id), payload) })),
          )
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
    },
    async get(id) {
      const row = await db.selectFrom('lineages').selectAll().where('id', '=', id).executeTakeFirst();
      if (row === undefined) return undefined;
      const { keyId, sealed, ...record } = row;
      return { ...record, payload: cipher.open<string>(place(id), { keyId, sealed }) };
    },
  };
}
