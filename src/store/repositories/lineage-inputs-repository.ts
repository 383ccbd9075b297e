/**
 * Bases, seen bars and epochs. A second record under the same name is ignored: it says the same. Their writes
 * are durable, in the order in which they are made: what a lineage record names is kept before it.
 */
import type { Kysely } from 'kysely';
import type { LineageInputs, ModelBase, PublishedEpoch, SeenBar } from '../ports/lineage-inputs.ts';
import type { Tables } from '../schema.ts';
import type { SpooledWriter } from '../spool/spooled-writer.ts';
import { chunks, ROWS_PER_INSERT } from './rows.ts';

/** As JSON carries it. */
export type BaseRow = Omit<ModelBase, 'image'> & { readonly image: string };
export type BarRow = Omit<SeenBar, 'realisedVariance' | 'complete'> & {
  readonly realisedVariance: number | null;
  readonly complete: number;
};

export async function insertBases(db: Kysely<Tables>, rows: readonly BaseRow[]): Promise<void> {
  for (const row of rows)
    await db
      .insertInto('modelBases')
      .values({ ...row, image: new Uint8Array(Buffer.from(row.image, 'base64')) })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
}

export async function insertSeenBars(db: Kysely<Tables>, rows: readonly BarRow[]): Promise<void> {
  for (const part of chunks(rows, ROWS_PER_INSERT))
    await db
      .insertInto('seenBars')
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(['instance', 'symbol', 'intervalMs', 'openTimeMs']).doNothing(),
      )
      .execute();
}

export async function insertEpochs(db: Kysely<Tables>, rows: readonly PublishedEpoch[]): Promise<void> {
  for (const part of chunks(rows, ROWS_PER_INSERT))
    await db
      .insertInto('publishedEpochs')
      .values(part)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
}

export function lineageInputsRepository(db: Kysely<Tables>, writer: SpooledWriter): LineageInputs {
  return {
    keepBase: (base) =>
      writer.write({
        kind: 'bases',
        rows: [{ ...base, image: Buffer.from(base.image).toString('base64') } satisfies BaseRow],
        bulk: true,
      }),
    async base(id) {
      const row = await db.selectFrom('modelBases').selectAll().where('id', '=', id).executeTakeFirst();
      // A copy: callers lay typed arrays over the bytes, which needs an aligned buffer of its own.
      return row && { ...row, image: Uint8Array.from(row.image) };
    },
    keepBars: (bars) =>
      writer.write({
        kind: 'bars',
        rows: bars.map(
          ({ realisedVariance, complete, ...bar }): BarRow => ({
            ...bar,
            realisedVariance: Number.isNaN(realisedVariance) ? null : realisedVariance,
            complete: complete ? 1 : 0,
          }),
        ),
      }),
    async bars({ instance, symbol, intervalMs, afterMs, untilMs }) {
      const rows = await db
        .selectFrom('seenBars')
        .selectAll()
        .where('instance', '=', instance)
        .where('symbol', '=', symbol)
        .where('intervalMs', '=', intervalMs)
        .where('openTimeMs', '>', afterMs)
        .where('openTimeMs', '<=', untilMs)
        .orderBy('openTimeMs')
        .execute();
      return rows.map(({ instance: _instance, symbol: _symbol, realisedVariance, complete, ...bar }) => ({
        ...bar,
        realisedVariance: realisedVariance ?? Number.NaN,
        complete: complete === 1,
      }));
    },
    keepEpochs: (epochs) => writer.write({ kind: 'epochs', rows: epochs }),
    epoch: (id) => db.selectFrom('publishedEpochs').selectAll().where('id', '=', id).executeTakeFirst(),
  };
}
