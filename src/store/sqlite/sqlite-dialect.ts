/**
 * Kysely over the SQLite thread. One connection; Kysely queues its users, so a transaction is never mixed
 * with another caller's statements.
 */
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteLink } from './sqlite-link.ts';

/** A query that stands for several, which go over in one message and are kept all or none. */
interface Batch extends CompiledQuery {
  readonly statements: readonly CompiledQuery[];
}

export function batchOf(statements: readonly CompiledQuery[]): Batch {
  const text = statements.map(({ sql }) => sql).join(';\n');
  return { ...CompiledQuery.raw(text), statements };
}

/** SQLite rolls schema changes back too, so a migration cut off half-way leaves nothing behind. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function connectionOver(link: SqliteLink): DatabaseConnection {
  return {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const { statements = [query] } = query as Partial<Batch>;
      const reply = await link.run(statements.map(({ sql, parameters }) => ({ sql, parameters })));
      const rows = (reply.rows ?? []) as R[];
      return reply.changes === undefined ? { rows } : { rows, numAffectedRows: BigInt(reply.changes) };
    },
    // biome-ignore lint/correctness/useYield: the store reads pages, it never streams
    async *streamQuery(): AsyncIterableIterator<never> {
      throw new Error('streaming is not supported');
    },
  };
}

export function sqliteDialect(link: SqliteLink): Dialect {
  const connection = connectionOver(link);
  const raw = async (on: DatabaseConnection, sql: string): Promise<void> => {
    await on.executeQuery(CompiledQuery.raw(sql));
  };
  const driver: Driver = {
    init: () => link.ready,
    acquireConnection: async () => connection,
    // Immediate: a transaction that will write takes its lock at once and cannot fail half-way for want of it.
    beginTransaction: (on) => raw(on, 'begin immediate'),
    commitTransaction: (on) => raw(on, 'commit'),
    rollbackTransaction: (on) => raw(on, 'rollback'),
    releaseConnection: async () => {},
    destroy: () => link.close(),
  };
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new TransactionalSqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}
