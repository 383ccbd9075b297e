import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecondRun } from '#engine/second-run.ts';
import { leastBusy } from '#engine/thread-balancer.ts';

const AT_HAND = 8;

describe('tasks on a thread that dies', () => {
  let pool: Piscina;
  beforeAll(() => {
    pool = new Piscina({
      filename: fileURLToPath(new URL('../support/mortal-worker.ts', import.meta.url)),
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: AT_HAND,
      loadBalancer: leastBusy(AT_HAND),
      recordTiming: false,
    });
    pool.on('error', () => {});
  });
  afterAll(() => pool.destroy());

  it('are all done in their second run, but for the one that kills', async () => {
    let lost = 0;
    const secondRun = createSecondRun(() => lost++);
    const tasks = [-1, 2, 3, 4, 5, 6, 7, 8];
    const outcomes = await Promise.allSettled(
      tasks.map((task) =>
        secondRun(
          async () => (await pool.run(task, { signal: new AbortController().signal })) as number,
          () => true,
        ),
      ),
    );
    expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value : 'lost'))).toEqual(
      tasks.map((task) => (task < 0 ? 'lost' : 2 * task)),
    );
    // All eight once, the killer twice.
    expect(lost).toBe(AT_HAND + 1);
  });

  it('have no second run where the first was ended on purpose', async () => {
    let runs = 0;
    const secondRun = createSecondRun(() => {});
    const run = async (): Promise<number> => {
      runs++;
      return (await pool.run(-1)) as number;
    };
    await expect(secondRun(run, () => false)).rejects.toThrow();
    expect(runs).toBe(1);
  });
});
