/** Stored books. Positions and limits are one sealed field; `rev` guards every write. */
import type { Kysely } from 'kysely';
import type { FieldCipher } from '../crypto/field-cipher.ts';
import type {
  ChangeOutcome,
  Portfolio,
  PortfolioChange,
  Portfolios,
  StoredLimit,
  StoredPosition,
} from '../ports/portfolios.ts';
import type { Tables } from '../schema.ts';

interface Sensitive {
  readonly positions: readonly StoredPosition[];
  readonly limits: readonly StoredLimit[];
}

const place = (id: string): string => `portfolios/${id}`;

export function portfolioRepository(db: Kysely<Tables>, cipher: FieldCipher): Portfolios {
  function fromRow({ keyId, sealed, ...row }: Tables['portfolios']): Portfolio {
    return { ...row, ...cipher.open<Sensitive>(place(row.id), { keyId, sealed }) };
  }

  async function row(id: string): Promise<Tables['portfolios'] | undefined> {
    return db.selectFrom('portfolios').selectAll().where('id', '=', id).executeTakeFirst();
  }

  async function change(id: string, expectedRev: number, wanted: PortfolioChange): Promise<ChangeOutcome> {
    const kept = await row(id);
    if (kept === undefined) return { kind: 'missing' };
    if (kept.rev !== expectedRev) return { kind: 'stale', rev: kept.rev };
    const former = fromRow(kept);
    const portfolio: Portfolio = {
      ...former,
      name: wanted.name ?? former.name,
      positions: wanted.positions ?? former.positions,
      limits: wanted.limits ?? former.limits,
      rev: expectedRev + 1,
      updatedMs: wanted.atMs,
    };
    const { positions, limits, ...plain } = portfolio;
    const { numUpdatedRows } = await db
      .updateTable('portfolios')
      .set({ ...plain, ...cipher.seal(place(id), { positions, limits } satisfies Sensitive) })
      .where('id', '=', id)
      .where('rev', '=', expectedRev)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) return { kind: 'changed', portfolio };
    const now = await row(id);
    return now === undefined ? { kind: 'missing' } : { kind: 'stale', rev: now.rev };
  }

  return {
    async create({ positions, ...plain }) {
      const sensitive: Sensitive = { positions, limits: [] };
      const kept = { ...plain, rev: 1, updatedMs: plain.createdMs };
      await db
        .insertInto('portfolios')
        .values({ ...kept, ...cipher.seal(place(plain.id), sensitive) })
        .execute();
      return { ...kept, ...sensitive };
    },
    async get(id) {
      const kept = await row(id);
      return kept === undefined ? undefined : fromRow(kept);
    },
    async list(limit, before) {
      let query = db.selectFrom('portfolios').selectAll();
      if (before !== undefined)
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('createdMs', 'id'), '<', tuple(before.createdMs, before.id)),
        );
      const rows = await query.orderBy('createdMs', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(fromRow);
    },
    change,
    async remove(id, expectedRev) {
      let query = db.deleteFrom('portfolios').where('id', '=', id);
      if (expectedRev !== undefined) query = query.where('rev', '=', expectedRev);
      const { numDeletedRows } = await query.executeTakeFirst();
      if (numDeletedRows > 0n) return 'removed';
      return (await row(id)) === undefined ? 'missing' : 'stale';
    },
    async reencrypt(batch) {
      let changed = 0;
      for (;;) {
        const rows = await db
          .selectFrom('portfolios')
          .selectAll()
          .where('keyId', '!=', cipher.activeKeyId)
          .limit(batch)
          .execute();
        if (rows.length === 0) return changed;
        for (const { id, rev, keyId, sealed } of rows) {
          const again = cipher.seal(place(id), cipher.open(place(id), { keyId, sealed }));
          // A book that changed meanwhile was sealed under the active key by its writer.
          await db
            .updateTable('portfolios')
            .set(again)
            .where('id', '=', id)
            .where('rev', '=', rev)
            .where('keyId', '=', keyId)
            .execute();
          changed++;
        }
      }
    },
  };
}
