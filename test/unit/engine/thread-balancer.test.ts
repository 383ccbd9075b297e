import { join } from 'node:path';
import { Piscina } from 'piscina';
import { describe, expect, it } from 'vitest';
import { leastBusy } from '../../../src/engine/thread-balancer.ts';
import { until } from '../../support/until.ts';

const LIMIT = 3;
const ENDLESS = LIMIT + 1;

describe('a thread and its next tasks', () => {
  async function withPool(claim: (pool: Piscina) => Promise<void>): Promise<void> {
    const pool = new Piscina({
      filename: join(import.meta.dirname, '../../support/company-worker.ts'),
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: LIMIT,
      loadBalancer: leastBusy(LIMIT),
      execArgv: [],
    });
    try {
      await claim(pool);
    } finally {
      await pool.destroy();
    }
  }

  /** Tasks that can each be aborted and that end only when `company` of them have begun. */
  function meeting(pool: Piscina, company: number) {
    const begun = new Int32Array(new SharedArrayBuffer(4));
    const attend = (): { readonly abort: AbortController; readonly outcome: Promise<unknown> } => {
      const abort = new AbortController();
      const outcome = pool
        .run({ begun, company }, { name: 'meet', signal: abort.signal })
        .catch((error: Error) => error.name);
      return { abort, outcome };
    };
    return { attend, begun: () => Atomics.load(begun, 0) };
  }

  it('are handed over together, though each can be aborted, and no more of them than the limit', async () => {
    await withPool(async (pool) => {
      const { attend, begun } = meeting(pool, ENDLESS);
      const tasks = Array.from({ length: ENDLESS }, attend);
      await until('the thread to hold what it may', () => begun() === LIMIT);
      expect(pool.queueSize).toBe(1);
      for (const { abort } of tasks) abort.abort();
      await Promise.all(tasks.map(({ outcome }) => outcome));

      const whole = meeting(pool, LIMIT);
      const outcomes = Array.from({ length: LIMIT }, () => whole.attend().outcome);
      expect(await Promise.all(outcomes)).toEqual([LIMIT, LIMIT, LIMIT]);
    });
  });

  it('end with it where one of them is aborted, and a new thread takes their place', async () => {
    await withPool(async (pool) => {
      const { attend, begun } = meeting(pool, ENDLESS);
      const [first, second] = [attend(), attend()];
      await until('both to have begun', () => begun() === 2);
      first.abort.abort();
      expect(await Promise.all([first.outcome, second.outcome])).toEqual(['AbortError', 'Error']);
      const again = meeting(pool, 1);
      expect(await again.attend().outcome).toBe(1);
    });
  });
});

it('the least busy thread takes a task', () => {
  const thread = (id: number, currentUsage: number, isRunningAbortableTask = false) => ({
    id,
    currentUsage,
    isRunningAbortableTask,
  });
  type Threads = Parameters<ReturnType<typeof leastBusy>>[1];
  const chosen = (...threads: ReturnType<typeof thread>[]) =>
    leastBusy(3)({} as never, threads as unknown as Threads)?.id;
  expect(chosen(thread(1, 2), thread(2, Number.POSITIVE_INFINITY, true), thread(3, 2))).toBe(2);
  expect(chosen(thread(1, 2), thread(2, 0))).toBe(2);
  expect(chosen(thread(1, 3), thread(2, 4))).toBeUndefined();
});
