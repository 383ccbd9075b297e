/**
 * The threads of valuation: one Piscina pool that answers and one that learns, so that a fit never stands in
 * the way of an answer. Queue limit, deadline and cancellation are handled here; callers get outcomes.
 *
 * Flow: engine/valuation-cycle -> here -> worker/risk-worker. Units: milliseconds.
 */
import type { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { failure } from '#domain/failure.ts';
import type {
  FitReply,
  FitTask,
  UpdateReply,
  UpdateTask,
  ValueReply,
  ValueTask,
  WorkerSetup,
} from '#worker/protocol.ts';

const WORKER_FILE = fileURLToPath(new URL('../worker/risk-worker.ts', import.meta.url));
/** Idle learning threads beyond the first are let go after this. */
const IDLE_MS = 15_000;
/** A task that runs this many deadlines long is taken for stuck, and its thread ended. */
const STUCK_DEADLINES = 20;

export interface ValuationPoolOptions {
  readonly setup: WorkerSetup;
  readonly valuationThreads: number;
  readonly inferenceThreads: number;
  /** Answers that may wait for a thread. */
  readonly queueLimit: number;
  readonly deadlineMs: number;
  readonly onWorkerLost?: (error: Error) => void;
}

export interface ValuationPool {
  value(task: ValueTask, signal?: AbortSignal): Promise<ValueReply>;
  /** Both reject where the thread dies; nothing published is touched by that. */
  fit(task: FitTask): Promise<FitReply>;
  update(task: UpdateTask): Promise<UpdateReply>;
  readonly waiting: number;
  readonly threads: number;
  close(): Promise<void>;
}

export function createValuationPool(options: ValuationPoolOptions): ValuationPool {
  const { setup, deadlineMs, queueLimit } = options;
  const shared = { filename: WORKER_FILE, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4 }, workerData: setup, recordTiming: false };
  const answering = new Piscina({
    ...shared,
    minThreads: options.valuationThreads,
    maxThreads: options.valuationThreads,
    maxQueue: queueLimit,
  });
  const learning = new Piscina({
    ...shared,
    minThreads: 1,
    maxThreads: options.inferenceThreads,
    idleTimeout: IDLE_MS,
  });
  const lost = (error: unknown): void =>
    options.onWorkerLost?.(error instanceof Error ? error : new Error(String(error)));
  for (const pool of [answering, learning]) (pool as EventEmitter).on('error', lost);

  async function attempt(task: ValueTask): Promise<ValueReply> {
    const guard = AbortSignal.timeout(STUCK_DEADLINES * deadlineMs);
    return (await answering.run(task, { name: 'value', signal: guard })) as ValueReply;
  }

  async function valueOnce(task: ValueTask): Promise<ValueReply> {
    try {
      return await attempt(task);
    } catch (error) {
      if (isQueueFull(error)) return failure('overloaded', 'too many valuations are waiting');
      lost(error);
      return await attempt(task).catch((again: unknown) => {
        lost(again);
        return failure('not-ready', 'the thread that computed this answer was lost twice');
      });
    }
  }

  return {
    async value(task, signal) {
      if (signal?.aborted) return failure('timeout', 'the request was cancelled');
      if (answering.queueSize >= queueLimit) return failure('overloaded', 'too many valuations are waiting');
      const stop = new AbortController();
      try {
        return await Promise.race([valueOnce(task), expiry(deadlineMs, signal, stop.signal)]);
      } finally {
        stop.abort();
      }
    },
    fit: async (task) => (await learning.run(task, { name: 'fit' })) as FitReply,
    update: async (task) => (await learning.run(task, { name: 'update' })) as UpdateReply,
    get waiting() {
      return answering.queueSize;
    },
    get threads() {
      return answering.threads.length + learning.threads.length;
    },
    async close() {
      await Promise.all([answering.destroy(), learning.destroy()]);
    },
  };
}

function isQueueFull(error: unknown): boolean {
  return error instanceof Error && /queue is at limit|queue is full/i.test(error.message);
}

/** Settles as a failure at the deadline or when the caller gives up; never once `stop` is aborted. */
function expiry(deadlineMs: number, signal: AbortSignal | undefined, stop: AbortSignal): Promise<ValueReply> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve(failure('timeout', `no answer within ${deadlineMs} ms`)),
      deadlineMs,
    );
    const cancel = (): void => resolve(failure('timeout', 'the request was cancelled'));
    signal?.addEventListener('abort', cancel, { once: true });
    stop.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', cancel);
      },
      { once: true },
    );
  });
}
