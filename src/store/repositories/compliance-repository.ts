/** Changes of compliance verdicts. */
import type { Kysely } from 'kysely';
import type { ComplianceResults } from '../ports/compliance-results.ts';
import type { Tables } from '../schema.ts';

export function complianceRepository(db: Kysely<Tables>): ComplianceResults {
  return {
    async record({ actual, escalated, ...transition }) {
      await db
        .insertInto('complianceTransitions')
        .values({ ...transition, actual: actual ?? null, escalated: escalated ? 1 : 0 })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },
    async list({ rule, to, sinceMs, limit, before }) {
      let query = db.selectFrom('complianceTransitions').selectAll();
      if (rule !== undefined) query = query.where('rule', '=', rule);
      if (to !== undefined) query = query.where('to', '=', to);
      if (sinceMs !== undefined) query = query.where('atMs', '>=', sinceMs);
      if (before !== undefined)
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('atMs', 'id'), '<', tuple(before.atMs, before.id)),
        );
      const rows = await query.orderBy('atMs', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(({ actual, escalated, ...row }) => ({
        ...row,
        actual: actual ?? undefined,
        escalated: escalated === 1,
      }));
    },
  };
}
