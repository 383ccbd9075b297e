/**
 * The thread that owns the SQLite file, so that an fsync never stops the service's event loop.
 * Flow: sqlite-link (main thread) -> messages -> here -> file. Answers go back in the order of the questions.
 * Durability: WAL with synchronous=FULL, so a commit that was answered survives a power cut.
 */
import { flushCompileCache } from 'node:module';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface ThreadRequest {
  readonly id: number;
  /** Several are kept all or none; the reply is that of the last. */
  readonly statements: readonly Statement[];
}

export interface ThreadReply {
  readonly id: number;
  readonly rows?: readonly Record<string, unknown>[];
  readonly changes?: number;
  readonly error?: { readonly message: string; readonly code: number };
}

const STATEMENT_CACHE = 200;

export interface ThreadData {
  readonly path: string;
  readonly readOnly: boolean;
}

function serve(port: MessagePort, { path, readOnly }: ThreadData): void {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false, timeout: 5_000, readOnly });
  if (!readOnly) {
    database.exec('pragma journal_mode = wal');
    database.exec('pragma synchronous = full');
  }
  const statements = new Map<string, StatementSync>();

  function prepare(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    if (statements.size >= STATEMENT_CACHE) statements.clear();
    statements.set(sql, statement);
    return statement;
  }

  function execute({ sql, parameters }: Statement): Omit<ThreadReply, 'id'> {
    const statement = prepare(sql);
    const values = parameters as SQLInputValue[];
    if (statement.columns().length > 0) return { rows: statement.all(...values).map((row) => ({ ...row })) };
    return { changes: Number(statement.run(...values).changes) };
  }

  function executeTogether(statements: readonly Statement[]): Omit<ThreadReply, 'id'> {
    execute({ sql: 'begin immediate', parameters: [] });
    try {
      const last = statements.map(execute).at(-1);
      execute({ sql: 'commit', parameters: [] });
      return last ?? {};
    } finally {
      // A full disk may have rolled back already.
      if (database.isTransaction) execute({ sql: 'rollback', parameters: [] });
    }
  }

  function answer({ id, statements }: ThreadRequest): ThreadReply {
    try {
      const [only, ...others] = statements;
      if (only !== undefined && others.length === 0) return { id, ...execute(only) };
      return { id, ...executeTogether(statements) };
    } catch (error) {
      const { message, errcode } = error as Error & { errcode?: number };
      return { id, error: { message, code: errcode ?? 0 } };
    }
  }

  port.on('message', (request: ThreadRequest | 'close') => {
    if (request === 'close') {
      database.close();
      port.close();
      return;
    }
    port.postMessage(answer(request));
  });
  port.postMessage({ id: 0 } satisfies ThreadReply);
}

flushCompileCache();
if (parentPort !== null) serve(parentPort, workerData as ThreadData);
