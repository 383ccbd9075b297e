import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../src/domain/market/bar.ts';
import { BarMatrix, createBarMatrix } from '../../src/memory/bar-matrix.ts';

const MINUTE = 60_000;
const BARS = 200_000;

/** Every column follows from the time and the edition, so a mixture of two bars shows. */
function bar(index: number, edition: number): Bar {
  const openTimeMs = index * MINUTE;
  return {
    openTimeMs,
    intervalMs: MINUTE,
    open: openTimeMs + edition,
    high: edition,
    low: edition,
    close: openTimeMs + 2 * edition,
    volume: edition,
    trades: index,
    realisedVariance: edition,
    complete: true,
  };
}

describe('the bar matrix under real threads', () => {
  it('a reader sees whole bars in order while they are added, replaced and loaded anew', async () => {
    const memory = createBarMatrix(2, [MINUTE], 64);
    const stop = new SharedArrayBuffer(4);
    const worker = new Worker(join(import.meta.dirname, 'bar-matrix-reader.ts'), {
      workerData: { memory, stop },
    });
    await once(worker, 'message');
    const matrix = new BarMatrix(memory);
    for (let index = 1; index <= BARS; index += 1) {
      matrix.put(0, bar(index, 1));
      matrix.put(0, bar(index, 2));
      if (index % 1000 === 0)
        matrix.replace(
          0,
          MINUTE,
          Array.from({ length: 40 }, (_, at) => bar(index - 39 + at, 3)),
        );
    }
    Atomics.store(new Int32Array(stop), 0, 1);
    const [report] = (await once(worker, 'message')) as [{ reads: number; torn: number; disorder: number }];
    await worker.terminate();
    expect(report).toMatchObject({ torn: 0, disorder: 0 });
    expect(report.reads).toBeGreaterThan(10);
  });
});
