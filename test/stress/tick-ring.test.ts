import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createTickRing, TickRingWriter } from '../../src/memory/tick-ring.ts';

interface Report {
  readonly torn: number;
  readonly disorder: number;
  readonly received: number;
  readonly missed: number;
  readonly laps: number;
  readonly previous: number;
}

const TICKS = 1_000_000;

async function run(capacity: number, firstSequence: number, readers: { batch: number; idleSpins: number }[]) {
  const memory = createTickRing(capacity, firstSequence);
  const workers = readers.map(
    (workerData) =>
      new Worker(join(import.meta.dirname, 'tick-ring-reader.ts'), { workerData: { memory, ...workerData } }),
  );
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const reports = workers.map(async (worker) => (await once(worker, 'message'))[0] as Report);
  const writer = new TickRingWriter(memory);
  const tick = {
    kind: 'lost',
    symbolIndex: 3,
    fromId: 0,
    toId: 0,
    fromUs: 0,
    toUs: 0,
    reason: 'buffer-full',
  } as const;
  const quote = {
    kind: 'quote',
    symbolIndex: 3,
    updateId: 0,
    bid: 0,
    bidQuantity: 0,
    ask: 0,
    askQuantity: 0,
    tsReceiveUs: 0,
  } as const;
  for (let sequence = 0; sequence < TICKS; sequence += 1)
    writer.writeQuote(
      {
        ...quote,
        updateId: sequence,
        bid: sequence + 2,
        bidQuantity: sequence + 3,
        ask: sequence + 4,
        askQuantity: sequence + 5,
      },
      0,
    );
  writer.writeLost({ ...tick, fromId: -1 });
  const results = await Promise.all(reports);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return results;
}

describe('the tick ring under real threads', () => {
  it('a small ring with readers that are overtaken all the time: nothing torn, nothing out of order, all accounted for', async () => {
    for (const report of await run(16, 0, [
      { batch: 16, idleSpins: 0 },
      { batch: 12, idleSpins: 50 },
    ])) {
      expect(report).toMatchObject({ torn: 0, disorder: 0 });
      expect(report.received + report.missed).toBe(TICKS);
    }
  });

  it('a ring as large as the run loses nothing, across the wrap of the cursor', async () => {
    const [report] = await run(2 ** 20, 2 ** 31 - TICKS / 2, [{ batch: 512, idleSpins: 0 }]);
    expect(report).toMatchObject({
      torn: 0,
      disorder: 0,
      missed: 0,
      laps: 0,
      received: TICKS,
      previous: TICKS - 1,
    });
  });
});
