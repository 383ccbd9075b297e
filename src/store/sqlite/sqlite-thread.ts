/**
 * The thread that owns the SQLite file, so that an fsync never stops the service's event loop.
 * Flow: sqlite-link (main thread) -> messages -> here -> file. Answers go back in the order of the questions.
 * Durability: WAL with synchronous=FULL, so a commit that was answered survives a power cut.
 */
import { flushCompileCache } from 'node:module';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

export interface ThreadRequest {
  readonly id: number;
  readonly sql: string;
  readonly parameters: readonly unknown[];
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

  function answer({ id, sql, parameters }: ThreadRequest): ThreadReply {
    try {
      const statement = prepare(sql);
      const values = parameters as SQLInputValue[];
      if (statement.columns().length > 0)
        return { id, rows: statement.all(...values).map((row) => ({ ...row })) };
      return { id, changes: Number(statement.run(...values).changes) };
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
