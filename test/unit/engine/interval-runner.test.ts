import { describe, expect, it } from 'vitest';
import { IntervalRunner } from '../../../src/engine/interval-runner.ts';
import type { ValuationPool } from '../../../src/engine/valuation-pool.ts';
import type { FitReply, FitTask, UpdateReply, UpdateTask } from '../../../src/worker/protocol.ts';

const FIT: FitReply = { observations: 500, fallbacks: [], members: [], elapsedMs: 1 };

/** Answers at once; the first update finds these symbols due for a fit. */
function fakePool(due: readonly number[], fit: (task: FitTask) => Promise<FitReply>) {
  const updates: UpdateTask[] = [];
  const pool = {
    fit,
    async update(task: UpdateTask): Promise<UpdateReply> {
      updates.push(task);
      const refits = updates.length === 1 ? due.map((symbolIndex) => ({ symbolIndex, untilMs: 7 })) : [];
      return { epoch: updates.length, observedBars: 0, refits, failures: [], elapsedMs: 1 };
    },
  } as unknown as ValuationPool;
  return { pool, updates };
}

function run(due: readonly number[], fit: (task: FitTask) => Promise<FitReply>) {
  const { pool, updates } = fakePool(due, fit);
  const fitted: number[] = [];
  const errors: string[] = [];
  const runner = new IntervalRunner(pool, 0, {
    fitted: (symbolIndex) => fitted.push(symbolIndex),
    updated: () => undefined,
    failed: (error) => errors.push(error.message),
  });
  runner.wakeForBars();
  return runner.idle().then(() => ({ updates, fitted, errors }));
}

describe('fits that fall due at the same bar', () => {
  it('are published in few epochs, none twice and none forgotten', async () => {
    const due = Array.from({ length: 20 }, (_, symbolIndex) => symbolIndex);
    const { updates, fitted, errors } = await run(due, () => Promise.resolve(FIT));
    expect(updates.map((update) => update.fitted.length)).toEqual([0, 4, 4, 4, 4, 4]);
    expect(updates.flatMap((update) => update.fitted)).toEqual(due);
    expect(fitted).toEqual(due);
    expect(errors).toEqual([]);
  });

  it('hold back only symbols whose fit is still to come', async () => {
    const { updates } = await run([3, 5, 7, 9, 11, 13], () => Promise.resolve(FIT));
    expect(updates[1]!.held).toEqual([11, 13]);
    expect(updates[2]!.held).toEqual([]);
  });

  it('publish what was fitted before one of them failed, and try that one again', async () => {
    let tries = 0;
    const { updates, errors } = await run([1, 2, 3], ({ symbolIndex }) =>
      symbolIndex === 2 && tries++ === 0 ? Promise.reject(new Error('thread lost')) : Promise.resolve(FIT),
    );
    expect(errors).toEqual(['thread lost']);
    expect(updates.map((update) => update.fitted)).toEqual([[], [1], [2, 3]]);
  });
});
