/**
 * Lineage records, sealed before they go anywhere, for they name a caller's book. Those of one append lie on
 * one page, sealed together, under the place of its first audit entry: a record of its own would cost a seal, a
 * row and a leaf of a random index for every answer. A page bears the first letters of the ids on it, so one
 * record is found by reading those of the pages, newest first.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { FieldCipher } from '../crypto/field-cipher.ts';
import type { Dialect } from '../migrations/dialect.ts';
import type { AuditRow } from '../ports/audit-entries.ts';
import type { LineageRecord, Lineages } from '../ports/lineages.ts';
import type { Tables } from '../schema.ts';

/** Letters of an id that stand on its page: 64 bits of a hash; the page itself has all of it. */
const HEAD = 16;

const place = (chain: string, seq: number): string => `lineage_pages/${chain}/${seq}`;

/** In the order of the table's columns. */
export type SealedPage = readonly [
  chain: string,
  seq: number,
  atMs: number,
  lineageIds: string,
  keyId: string,
  sealed: string,
];

/** A page in the same place is of an append that was refused, and gives way. */
export function pageInsert([chain, seq, atMs, lineageIds, keyId, sealed]: SealedPage): RawBuilder<unknown> {
  return sql`insert into lineage_pages (chain, seq, at_ms, lineage_ids, key_id, sealed)
    values (${chain}, ${seq}, ${atMs}, ${lineageIds}, ${keyId}, ${sealed})
    on conflict (chain, seq) do update set at_ms = excluded.at_ms, lineage_ids = excluded.lineage_ids,
      key_id = excluded.key_id, sealed = excluded.sealed`;
}

/** `first` is the first entry of the append; at least one record. */
export function sealPage(
  cipher: FieldCipher,
  { chain, seq }: AuditRow,
  records: readonly LineageRecord[],
): SealedPage {
  const byId = new Map<string, LineageRecord>();
  let atMs = -Infinity;
  for (const record of records) {
    if (!byId.has(record.id)) byId.set(record.id, record);
    atMs = Math.max(atMs, record.atMs);
  }
  const heads = Array.from(byId.keys(), (id) => id.slice(0, HEAD)).join(' ');
  const { keyId, sealed } = cipher.seal(place(chain, seq), [...byId.values()]);
  return [chain, seq, atMs, heads, keyId, sealed];
}

export function lineageRepository(db: Kysely<Tables>, dialect: Dialect, cipher: FieldCipher): Lineages {
  const position = sql.raw(dialect === 'sqlite' ? 'instr' : 'strpos');

  /** A replica of the release before writes a row a record. */
  async function ownRow(id: string): Promise<LineageRecord | undefined> {
    const row = await db.selectFrom('lineages').selectAll().where('id', '=', id).executeTakeFirst();
    if (row === undefined) return undefined;
    const { keyId, sealed, ...record } = row;
    return { ...record, payload: JSON.parse(cipher.open<string>(`lineages/${id}`, { keyId, sealed })) };
  }

  return {
    async get(id) {
      const places = await db
        .selectFrom('lineagePages')
        .select(['chain', 'seq'])
        .where(sql<boolean>`${position}(lineage_ids, ${id.slice(0, HEAD)}) > 0`)
        .orderBy('atMs', 'desc')
        .execute();
      for (const { chain, seq } of places) {
        const page = await db
          .selectFrom('lineagePages')
          .select(['keyId', 'sealed'])
          .where('chain', '=', chain)
          .where('seq', '=', seq)
          .executeTakeFirst();
        if (page === undefined) continue;
        const records = cipher.open<LineageRecord[]>(place(chain, seq), page);
        const found = records.find((record) => record.id === id);
        if (found !== undefined) return found;
      }
      return ownRow(id);
    },
  };
}
