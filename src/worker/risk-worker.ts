/**
 * The file that Piscina threads run. It attaches the shared memory once and hands each task to its room.
 * No timers, no state of its own between tasks but caches that any task can rebuild.
 */
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

const setup = workerData as WorkerSetup;
const memory = attachRiskMemory(setup.memory);
let inference: Inference | undefined;
let valuer: BookValuer | undefined;

export function fit(task: FitTask): FitReply {
  inference ??= createInference(memory, setup.posterior);
  return inference.fit(task);
}

export function update(task: UpdateTask): UpdateReply {
  inference ??= createInference(memory, setup.posterior);
  return inference.update(task);
}

export function value(task: ValueTask): ValueReply {
  valuer ??= createBookValuer(
    memory,
    setup.posterior,
    poolModels(setup.posterior.models).map((model) => model.id),
  );
  return valuer.value(task);
}
