/** Bases, seen bars and epochs. A second record under the same name is ignored: it says the same. */
import type { Kysely } from 'kysely';
import type { LineageInputs } from '../ports/lineage-inputs.ts';
import type { Tables } from '../schema.ts';
import { chunks, ROWS_PER_INSERT } from './rows.ts';

export function lineageInputsRepository(db: Kysely<Tables>): LineageInputs {
  return {
    async keepBase(base) {
      await db
        .insertInto('modelBases')
        .values(base)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },
    async base(id) {
      const row = await db.selectFrom('modelBases').selectAll().where('id', '=', id).executeTakeFirst();
      // A copy: callers lay typed arrays over the bytes, which needs an aligned buffer of its own.
      return row && { ...row, image: Uint8Array.from(row.image) };
    },
    async keepBars(bars) {
      for (const part of chunks(bars, ROWS_PER_INSERT))
        await db
          .insertInto('seenBars')
          .values(
            part.map(({ realisedVariance, complete, ...bar }) => ({
              ...bar,
              realisedVariance: Number.isNaN(realisedVariance) ? null : realisedVariance,
              complete: complete ? 1 : 0,
            })),
          )
          .onConflict((conflict) =>
            conflict.columns(['instance', 'symbol', 'intervalMs', 'openTimeMs']).doNothing(),
          )
          .execute();
    },
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
    async keepEpochs(epochs) {
      for (const part of chunks(epochs, ROWS_PER_INSERT))
        await db
          .insertInto('publishedEpochs')
          .values(part)
          .onConflict((conflict) => conflict.column('id').doNothing())
          .execute();
    },
    epoch: (id) => db.selectFrom('publishedEpochs').selectAll().where('id', '=', id).executeTakeFirst(),
  };
}
