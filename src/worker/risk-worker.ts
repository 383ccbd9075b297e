/**
 * The file that Piscina threads run. It attaches the shared memory once and hands each task to its room.
 * No timers, no state of its own between tasks but caches that any task can rebuild.
 */
import { flushCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';
import { poolModels } from '#domain/posterior/model-pool.ts';
import { attachRiskMemory } from '#memory/risk-memory.ts';
import { type BookValuer, createBookValuer } from './book-valuer.ts';
import { createInference, type Inference } from './inference.ts';
import type {
  FitReply,
  FitTask,
  UpdateReply,
  UpdateTask,
  ValueReply,
  ValueTask,
  WorkerSetup,
} from './protocol.ts';
import { standBack } from './thread-priority.ts';

const setup = workerData as WorkerSetup;
const memory = attachRiskMemory(setup.memory);
let inference: Inference | undefined;
let valuer: BookValuer | undefined;
let standsBack = false;
// Threads that are ended in the middle of a task save nothing.
flushCompileCache();

/** Once there is something to answer from, a thread that learns stands back; the first fits run at full speed. */
function learning(intervalIndex: number): Inference {
  if (!standsBack && memory.intervals[intervalIndex]!.publication.epoch() !== 0) {
    standsBack = true;
    standBack();
  }
  inference ??= createInference(memory, setup.posterior);
  return inference;
}

export function fit(task: FitTask): FitReply {
  return learning(task.intervalIndex).fit(task);
}

export function update(task: UpdateTask): UpdateReply {
  return learning(task.intervalIndex).update(task);
}

export function value(task: ValueTask): ValueReply {
  valuer ??= createBookValuer(
    memory,
    setup.posterior,
    poolModels(setup.posterior.models).map((model) => model.id),
  );
  return valuer.value(task);
}
