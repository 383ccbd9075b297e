/**
 * The threads of valuation: one Piscina pool that answers and one that learns, so that a fit never stands in
 * the way of an answer. Callers get outcomes, whatever becomes of a thread.
 *
 * Flow: engine/valuation-cycle -> here (valuation-queue, second-run) -> worker/risk-worker. Units: milliseconds.
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
import { createSecondRun } from './second-run.ts';
import { leastBusy } from './thread-balancer.ts';
import { describeThreadsOnce } from './thread-description.ts';
import { createValuationQueue } from './valuation-queue.ts';

const WORKER_FILE = fileURLToPath(new URL('../worker/risk-worker.ts', import.meta.url));
/** Valuations a thread has at hand, so that it need not sleep and be woken between two of them. */
const HANDED_OVER = 32;
/** Idle learning threads beyond the first are let go after this. */
const IDLE_MS = 2_000;
/** A task not done after this is taken for stuck, and its thread ended: far beyond any honest queue. */
const STUCK_MS = 60_000;

export interface ValuationPoolOptions {
  readonly setup: WorkerSetup;
  readonly valuationThreads: number;
  readonly inferenceThreads: number;
  /** Answers that may wait for a thread. */
  readonly queueLimit: number;
  readonly deadlineMs: number;
  readonly stuckMs?: number;
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
  const { setup, deadlineMs, queueLimit, stuckMs = STUCK_MS } = options;
  const shared = {
    filename: WORKER_FILE,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: 4 },
    workerData: setup,
    recordTiming: false,
  };
  const answering = new Piscina({
    ...shared,
    minThreads: options.valuationThreads,
    maxThreads: options.valuationThreads,
    concurrentTasksPerWorker: HANDED_OVER,
    loadBalancer: leastBusy(HANDED_OVER),
  });
  const learning = new Piscina({
    ...shared,
    minThreads: 1,
    maxThreads: options.inferenceThreads,
    idleTimeout: IDLE_MS,
  });
  const lost = (error: unknown): void =>
    options.onWorkerLost?.(error instanceof Error ? error : new Error(String(error)));
  for (const pool of [answering, learning]) {
    describeThreadsOnce(pool);
    (pool as EventEmitter).on('error', lost);
  }

  const secondRun = createSecondRun(lost);

  async function run(task: ValueTask, signal: AbortSignal): Promise<ValueReply> {
    return (await answering.run(task, { name: 'value', signal })) as ValueReply;
  }

  async function answer(task: ValueTask, stuck: AbortSignal): Promise<ValueReply> {
    try {
      return await secondRun(
        () => run(task, stuck),
        () => !stuck.aborted,
      );
    } catch {
      return stuck.aborted
        ? failure('timeout', 'the valuation was stuck and its thread ended')
        : failure('not-ready', 'the thread that computed this answer was lost twice');
    }
  }

  const { valuationThreads } = options;
  const queue = createValuationQueue({
    width: HANDED_OVER * valuationThreads,
    limit: queueLimit + valuationThreads,
    deadlineMs,
    stuckMs,
    work: answer,
  });

  return {
    value: queue.value,
    fit: async (task) => (await learning.run(task, { name: 'fit' })) as FitReply,
    update: async (task) => (await learning.run(task, { name: 'update' })) as UpdateReply,
    get waiting() {
      return Math.max(queue.length - valuationThreads, 0);
    },
    get threads() {
      return answering.threads.length + learning.threads.length;
    },
    async close() {
      await Promise.all([answering.destroy(), learning.destroy()]);
    },
  };
}
