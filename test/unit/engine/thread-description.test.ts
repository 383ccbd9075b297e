import { join } from 'node:path';
import { Piscina } from 'piscina';
import { expect, it } from 'vitest';
import { describeThreadsOnce } from '../../../src/engine/thread-description.ts';

it('a pool describes each thread once, and the description stays true', async () => {
  const seen: object[] = [];
  const usage: number[] = [];
  const pool = new Piscina({
    filename: join(import.meta.dirname, '../../support/echo-worker.ts'),
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 2,
    execArgv: [],
    loadBalancer: (_task, threads) => {
      seen.push(threads[0]!);
      usage.push(threads[0]!.currentUsage);
      return threads[0]!;
    },
  });
  describeThreadsOnce(pool);
  // Threads are announced in a microtask of the turn that makes the pool.
  await Promise.resolve();
  await pool.run(0, { name: 'echo' });
  await Promise.all([pool.run(1, { name: 'echo' }), pool.run(2, { name: 'echo' })]);
  await pool.destroy();
  expect(seen.length).toBe(3);
  expect(new Set(seen).size).toBe(1);
  expect(usage).toEqual([0, 0, 1]);
});
