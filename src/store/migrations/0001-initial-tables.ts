/** The tables of the first release; their shapes are in ../schema.ts. */
import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Dialect } from './dialect.ts';

type Kind = 'text' | 'bigint' | 'double' | 'blob';

export function initialTables(dialect: Dialect): Migration {
  const blob = dialect === 'postgres' ? sql`bytea` : sql`blob`;
  const double = dialect === 'postgres' ? sql`double precision` : sql`real`;

  /** `?` after a kind marks a column that may be null. */
  async function table(
    db: Kysely<unknown>,
    name: string,
    columns: Record<string, Kind | `${Kind}?`>,
    key: readonly string[],
  ): Promise<void> {
    let builder: CreateTableBuilder<string, string> = db.schema.createTable(name);
    for (const [column, spec] of Object.entries(columns)) {
      const kind = spec.replace('?', '') as Kind;
      const type = kind === 'blob' ? blob : kind === 'double' ? double : kind;
      builder = builder.addColumn(column, type, (built) => (spec.endsWith('?') ? built : built.notNull()));
    }
    await builder.addPrimaryKeyConstraint(`${name}_key`, key as [string, ...string[]]).execute();
  }

  async function index(db: Kysely<unknown>, name: string, on: string, columns: string[]): Promise<void> {
    await db.schema.createIndex(name).on(on).columns(columns).execute();
  }

  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await table(
        db,
        'model_versions',
        {
          model_id: 'text',
          version: 'text',
          role: 'text',
          created_ms: 'bigint',
          promoted_ms: 'bigint?',
          parent: 'text?',
          hash: 'text',
          cloud_bytes: 'bigint',
          facts: 'text',
        },
        ['model_id', 'version'],
      );
      await sql`create unique index one_champion on model_versions (model_id) where role = 'champion'`.execute(
        db,
      );
      await table(db, 'model_clouds', { model_id: 'text', version: 'text', bytes: 'blob' }, [
        'model_id',
        'version',
      ]);
      await table(db, 'model_fences', { model_id: 'text', fence: 'bigint' }, ['model_id']);
      await table(
        db,
        'training_jobs',
        {
          id: 'text',
          model_id: 'text',
          trigger: 'text',
          state: 'text',
          created_ms: 'bigint',
          started_ms: 'bigint?',
          finished_ms: 'bigint?',
          progress: 'double',
          holder: 'text?',
          fence: 'bigint?',
          attempts: 'bigint',
          request: 'text',
          result: 'text?',
          error: 'text?',
        },
        ['id'],
      );
      await index(db, 'training_jobs_by_time', 'training_jobs', ['created_ms', 'id']);
      await table(
        db,
        'forecasts',
        {
          symbol: 'text',
          interval_ms: 'bigint',
          open_time_ms: 'bigint',
          issued_ms: 'bigint',
          model_version: 'text',
          provenance: 'text',
          confidences: 'text',
          var: 'text',
          es: 'text',
          law: 'text',
          scored_ms: 'bigint?',
          log_return: 'double?',
          pit: 'double?',
        },
        ['symbol', 'interval_ms', 'open_time_ms'],
      );
      await index(db, 'forecasts_by_time', 'forecasts', ['open_time_ms']);
      await table(
        db,
        'compliance_transitions',
        {
          id: 'text',
          rule: 'text',
          instance: 'text',
          at_ms: 'bigint',
          from: 'text',
          to: 'text',
          actual: 'double?',
          target: 'double',
          evidence: 'text',
          escalated: 'bigint',
        },
        ['id'],
      );
      await index(db, 'compliance_transitions_by_time', 'compliance_transitions', ['at_ms', 'id']);
      await table(
        db,
        'audit_entries',
        {
          chain: 'text',
          seq: 'bigint',
          at_ms: 'bigint',
          actor: 'text',
          action: 'text',
          subject: 'text',
          outcome: 'text',
          correlation_id: 'text',
          details: 'text',
          previous_hash: 'text',
          hash: 'text',
        },
        ['chain', 'seq'],
      );
      await index(db, 'audit_entries_by_time', 'audit_entries', ['at_ms']);
      await table(db, 'audit_heads', { chain: 'text', seq: 'bigint', hash: 'text' }, ['chain']);
      await table(
        db,
        'audit_checkpoints',
        { chain: 'text', seq: 'bigint', hash: 'text', pruned_ms: 'bigint' },
        ['chain'],
      );
      await table(
        db,
        'portfolios',
        {
          id: 'text',
          name: 'text',
          currency: 'text',
          rev: 'bigint',
          created_ms: 'bigint',
          updated_ms: 'bigint',
          key_id: 'text',
          sealed: 'text',
        },
        ['id'],
      );
      await index(db, 'portfolios_by_time', 'portfolios', ['created_ms', 'id']);
      await table(
        db,
        'risk_points',
        {
          portfolio_id: 'text',
          at_ms: 'bigint',
          rev: 'bigint',
          confidence: 'double',
          horizon_ms: 'bigint',
          value: 'double',
          var: 'double',
          es: 'double',
          model_version: 'text',
          lineage_id: 'text',
        },
        ['portfolio_id', 'at_ms', 'confidence', 'horizon_ms'],
      );
      await index(db, 'risk_points_by_time', 'risk_points', ['at_ms']);
      await table(
        db,
        'lineages',
        { id: 'text', at_ms: 'bigint', model_version: 'text', key_id: 'text', sealed: 'text' },
        ['id'],
      );
      await index(db, 'lineages_by_time', 'lineages', ['at_ms']);
      await table(
        db,
        'tokens',
        {
          id: 'text',
          hash: 'text',
          name: 'text',
          scopes: 'text',
          created_ms: 'bigint',
          created_by: 'text',
          expires_ms: 'bigint?',
          revoked_ms: 'bigint?',
        },
        ['id'],
      );
      await db.schema.createIndex('tokens_by_hash').on('tokens').column('hash').unique().execute();
      await table(
        db,
        'idempotency_keys',
        {
          caller: 'text',
          key: 'text',
          fingerprint: 'text',
          claimed_ms: 'bigint',
          expires_ms: 'bigint',
          status: 'bigint?',
          key_id: 'text?',
          sealed: 'text?',
        },
        ['caller', 'key'],
      );
      await table(db, 'leases', { name: 'text', holder: 'text', fence: 'bigint', expires_ms: 'bigint' }, [
        'name',
      ]);
    },
  };
}
