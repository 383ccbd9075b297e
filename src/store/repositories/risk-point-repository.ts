/** History of stored books' risk. */
import type { Kysely } from 'kysely';
import type { RiskPoints } from '../ports/risk-points.ts';
import type { Tables } from '../schema.ts';
import { chunks, ROWS_PER_INSERT } from './rows.ts';

export function riskPointRepository(db: Kysely<Tables>): RiskPoints {
  return {
    async keep(points) {
      for (const part of chunks(points, ROWS_PER_INSERT))
        await db
          .insertInto('riskPoints')
          .values(part.map((point) => ({ ...point })))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
    },
    range({ portfolioId, confidence, horizonMs, fromMs, toMs, limit }) {
      let query = db
        .selectFrom('riskPoints')
        .selectAll()
        .where('portfolioId', '=', portfolioId)
        .where('atMs', '>=', fromMs)
        .where('atMs', '<=', toMs);
      if (confidence !== undefined) query = query.where('confidence', '=', confidence);
      if (horizonMs !== undefined) query = query.where('horizonMs', '=', horizonMs);
      return query.orderBy('atMs').orderBy('confidence').orderBy('horizonMs').limit(limit).execute();
    },
  };
}
