/**
 * What handing a task to a thread leaves for the collector: time in young collections per thousand tasks, with
 * one description a thread against Piscina as it comes. Both pools run in turns; the least of their rounds counts.
 */
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { describeThreadsOnce } from '../../src/engine/thread-description.ts';
import type { BenchRow } from './bench-row.ts';

const TASKS = 60_000;
const ROUNDS = 3;
const WORKER = join(import.meta.dirname, '../support/echo-worker.ts');

let collectingMs = 0;

async function collectionPerThousand(pool: Piscina): Promise<number> {
  await turn();
  collectingMs = 0;
  for (let task = 0; task < TASKS; task++) await pool.run({ task }, { name: 'echo' });
  await turn();
  return (1_000 * collectingMs) / TASKS;
}

export async function bench(): Promise<BenchRow[]> {
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collectingMs += duration;
  });
  observer.observe({ entryTypes: ['gc'] });
  const options = {
    filename: WORKER,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 2,
    execArgv: [],
  };
  const plain = new Piscina(options);
  const described = new Piscina(options);
  describeThreadsOnce(described);
  let [plainMs, describedMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    plainMs = Math.min(plainMs, await collectionPerThousand(plain));
    describedMs = Math.min(describedMs, await collectionPerThousand(described));
  }
  observer.disconnect();
  await Promise.all([plain.destroy(), described.destroy()]);
  const ratio = describedMs / plainMs;
  return [
    {
      name: 'collecting what a thousand tasks leave, one description a thread',
      value: describedMs,
      unit: 'ms',
      rival: 'one description a task',
      rivalValue: plainMs,
      ratio,
      bar: 'ratio <= 0.5',
      met: ratio <= 0.5,
    },
  ];
}
