/** Training jobs. A finished job never changes again, and a report under an older fence changes nothing. */
import type { Kysely } from 'kysely';
import type { JobState, TrainingJob, TrainingJobs } from '../ports/training-jobs.ts';
import type { Tables } from '../schema.ts';
import { present } from './rows.ts';

function fromRow(row: Tables['trainingJobs']): TrainingJob {
  return { ...present(row), state: row.state as JobState };
}

export function jobRepository(db: Kysely<Tables>): TrainingJobs {
  return {
    async add(job) {
      await db
        .insertInto('trainingJobs')
        .values({
          ...job,
          startedMs: job.startedMs ?? null,
          finishedMs: job.finishedMs ?? null,
          holder: job.holder ?? null,
          fence: job.fence ?? null,
          result: job.result ?? null,
          error: job.error ?? null,
        })
        .execute();
    },
    async get(id) {
      const row = await db.selectFrom('trainingJobs').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : fromRow(row);
    },
    async list({ modelId, states, limit, before }) {
      let query = db.selectFrom('trainingJobs').selectAll();
      if (modelId !== undefined) query = query.where('modelId', '=', modelId);
      if (states !== undefined) query = query.where('state', 'in', [...states]);
      if (before !== undefined)
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('createdMs', 'id'), '<', tuple(before.createdMs, before.id)),
        );
      const rows = await query.orderBy('createdMs', 'desc').orderBy('id', 'desc').limit(limit).execute();
      return rows.map(fromRow);
    },
    async change(id, change) {
      if (Object.keys(change).length === 0) return (await this.get(id)) !== undefined;
      let query = db
        .updateTable('trainingJobs')
        .set(change)
        .where('id', '=', id)
        .where('state', 'in', ['queued', 'running']);
      const fence = change.fence;
      if (fence !== undefined)
        query = query.where(({ or, eb }) => or([eb('fence', 'is', null), eb('fence', '<=', fence)]));
      const { numUpdatedRows } = await query.executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
