/**
 * Removal of what is past its time, in batches. Audit chains lose whole prefixes only: the checkpoint is
 * written in the same transaction, and the database's own guard allows no other delete.
 */
import { type Kysely, sql } from 'kysely';
import type { Retention, RetentionPolicy } from '../ports/retention.ts';
import type { Tables } from '../schema.ts';

const BATCH = 1_000;

interface Rule {
  readonly table: string;
  readonly key: readonly string[];
  readonly expired: string;
}

/**
 * What answers stand on is older than they are: by at most the ten daily bars between two fits, and the time
 * that a daily bar's open lies before its close. A month covers that with gaps.
 */
const outlives = (column: string) => `${column} < cutoff - ${30 * 86_400_000}`;

/** `cutoff` stands for the bound time. Only names written here reach the statement. */
const RULES: readonly (Rule & { readonly age?: keyof RetentionPolicy })[] = [
  { table: 'idempotency_keys', key: ['caller', 'key'], expired: 'expires_ms <= cutoff' },
  { table: 'tokens', key: ['id'], expired: 'expires_ms <= cutoff' },
  // Only those of instances, whose names never come back: other leases remember their fence.
  { table: 'leases', key: ['name'], expired: "name like 'instance:%' and expires_ms <= cutoff" },
  {
    table: 'forecasts',
    key: ['symbol', 'interval_ms', 'open_time_ms'],
    expired: 'open_time_ms < cutoff',
    age: 'forecastsMs',
  },
  { table: 'compliance_transitions', key: ['id'], expired: 'at_ms < cutoff', age: 'complianceMs' },
  {
    table: 'training_jobs',
    key: ['id'],
    expired: "created_ms < cutoff and state in ('done', 'failed', 'cancelled')",
    age: 'jobsMs',
  },
  {
    table: 'risk_points',
    key: ['portfolio_id', 'at_ms', 'confidence', 'horizon_ms'],
    expired: 'at_ms < cutoff',
    age: 'riskPointsMs',
  },
  { table: 'lineage_pages', key: ['chain', 'seq'], expired: 'at_ms < cutoff', age: 'lineagesMs' },
  { table: 'lineages', key: ['id'], expired: 'at_ms < cutoff', age: 'lineagesMs' },
  { table: 'published_epochs', key: ['id'], expired: outlives('created_ms'), age: 'lineagesMs' },
  { table: 'model_bases', key: ['id'], expired: outlives('created_ms'), age: 'lineagesMs' },
  {
    table: 'seen_bars',
    key: ['instance', 'symbol', 'interval_ms', 'open_time_ms'],
    expired: outlives('open_time_ms'),
    age: 'lineagesMs',
  },
  {
    table: 'model_clouds',
    key: ['model_id', 'version'],
    expired: `exists (select 1 from model_versions v where v.model_id = model_clouds.model_id
      and v.version = model_clouds.version and v.created_ms < cutoff and v.role in ('archived', 'rejected')
      and not exists (select 1 from model_versions c where c.model_id = v.model_id
        and c.role = 'champion' and c.parent = v.version))`,
    age: 'modelsMs',
  },
];

async function removeExpired(db: Kysely<Tables>, rule: Rule, cutoff: number): Promise<number> {
  const key = sql.raw(rule.key.join(', '));
  const table = sql.raw(rule.table);
  const [head, tail] = rule.expired.split('cutoff') as [string, string];
  let removed = 0;
  for (;;) {
    const { numAffectedRows } = await sql`delete from ${table} where (${key}) in (
      select ${key} from ${table} where ${sql.raw(head)}${cutoff}${sql.raw(tail)} limit ${sql.lit(BATCH)}
    )`.execute(db);
    const batch = Number(numAffectedRows ?? 0n);
    removed += batch;
    if (batch < BATCH) return removed;
  }
}

async function pruneChain(db: Kysely<Tables>, chain: string, cutoff: number, nowMs: number): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const last = await transaction
      .selectFrom('auditEntries')
      .select(['seq', 'hash', 'atMs'])
      .where('chain', '=', chain)
      .orderBy('seq')
      .limit(BATCH)
      .execute()
      .then((rows) =>
        rows.filter((_row, index) => rows.slice(0, index + 1).every((row) => row.atMs < cutoff)).at(-1),
      );
    if (last === undefined) return 0;
    await transaction
      .insertInto('auditCheckpoints')
      .values({ chain, seq: last.seq, hash: last.hash, prunedMs: nowMs })
      .onConflict((conflict) =>
        conflict.column('chain').doUpdateSet({ seq: last.seq, hash: last.hash, prunedMs: nowMs }),
      )
      .execute();
    const { numDeletedRows } = await transaction
      .deleteFrom('auditEntries')
      .where('chain', '=', chain)
      .where('seq', '<=', last.seq)
      .executeTakeFirst();
    return Number(numDeletedRows);
  });
}

export function retentionRepository(db: Kysely<Tables>): Retention {
  return {
    async apply(policy, nowMs) {
      const removed: Record<string, number> = {};
      for (const rule of RULES) {
        const age = rule.age === undefined ? 0 : policy[rule.age];
        if (age !== undefined) removed[rule.table] = await removeExpired(db, rule, nowMs - age);
      }
      if (policy.auditMs !== undefined) {
        let pruned = 0;
        for (const { chain } of await db.selectFrom('auditHeads').select('chain').execute())
          for (let batch = BATCH; batch === BATCH; ) {
            batch = await pruneChain(db, chain, nowMs - policy.auditMs, nowMs);
            pruned += batch;
          }
        removed['audit_entries'] = pruned;
      }
      return { removed };
    },
  };
}
