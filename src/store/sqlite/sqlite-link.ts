/**
 * The main thread's end of the SQLite thread: one question, one promise. Statements of one question are kept
 * all or none.
 * A thread that dies fails every open question and all later ones.
 */
import { once } from 'node:events';
import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Statement, ThreadData, ThreadReply, ThreadRequest } from './sqlite-thread.ts';

interface Waiting {
  readonly resolve: (reply: ThreadReply) => void;
  readonly reject: (error: Error) => void;
}

/** All that the thread gets of the environment: where modules lie that need not be compiled again. */
function compiledModules(): Record<string, string> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

/** An error of the database itself, with SQLite's extended result code. */
export class SqliteError extends Error {
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.name = 'SqliteError';
    this.code = code;
  }
}

export class SqliteLink {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ready: Promise<void>;
  #next = 1;
  #dead: Error | undefined;

  constructor(path: string, readOnly = false) {
    this.#worker = new Worker(new URL('./sqlite-thread.ts', import.meta.url), {
      workerData: { path, readOnly } satisfies ThreadData,
      execArgv: [],
      env: compiledModules(),
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#waiting.set(0, { resolve: () => resolve(), reject });
    });
    this.#worker.on('message', (reply: ThreadReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.error === undefined) waiting?.resolve(reply);
      else waiting?.reject(new SqliteError(reply.error.message, reply.error.code));
    });
    this.#worker.on('error', (error: Error & { errcode?: number }) =>
      this.#fail(new SqliteError(error.message, error.errcode ?? 0)),
    );
    this.#worker.on('exit', () => this.#fail(new SqliteError('the database is closed', 0)));
  }

  get ready(): Promise<void> {
    return this.#ready;
  }

  run(statements: readonly Statement[]): Promise<ThreadReply> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, statements } satisfies ThreadRequest);
    });
  }

  async close(): Promise<void> {
    if (this.#dead !== undefined) return;
    const exit = once(this.#worker, 'exit');
    this.#worker.postMessage('close');
    await exit;
  }

  #fail(error: Error): void {
    this.#dead ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
