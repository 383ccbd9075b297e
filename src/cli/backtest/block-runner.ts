/**
 * Blocks over threads. Each block is a pure function of the series and the plan, so the number of threads
 * and the order of finishing change nothing but the time.
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { BacktestPlan, BlockResult } from '#domain/backtest/backtest-plan.ts';
import { blocksOf } from '#domain/backtest/walk-forward.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import type { BacktestTask } from '#worker/backtest-worker.ts';

const WORKER = fileURLToPath(new URL('../../worker/backtest-worker.ts', import.meta.url));

export interface BlockRun {
  readonly series: ObservationSeries;
  readonly plan: BacktestPlan;
  readonly jobs: number;
  readonly done: ReadonlyMap<number, readonly BlockResult[]>;
  /** Called as each block finishes, in the order of finishing. */
  readonly onBlock: (block: number, results: readonly BlockResult[]) => void;
  readonly signal: AbortSignal;
}

/** Results of every block, in time order. Rejects with the signal's reason when aborted. */
export async function runBlocks(run: BlockRun): Promise<BlockResult[][]> {
  const blocks = blocksOf(run.plan);
  const results: BlockResult[][] = blocks.map((_, index) => [...(run.done.get(index) ?? [])]);
  const waiting = blocks.map((_, index) => index).filter((index) => !run.done.has(index));
  if (waiting.length === 0) return results;
  const threads = Math.min(run.jobs, waiting.length);
  const pool = new Piscina({
    filename: WORKER,
    name: 'runBacktestBlock',
    minThreads: threads,
    maxThreads: threads,
    execArgv: [],
  });
  try {
    const series = shared(run.series);
    // One lane per thread: a lane takes the next block when its own is done, so that aborting leaves no queue.
    const lanes = Array.from({ length: threads }, async () => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
        run.signal.throwIfAborted();
        const task: BacktestTask = { series, plan: run.plan, block: blocks[index]! };
        const found = (await pool.run(task, { signal: run.signal })) as BlockResult[];
        results[index] = found;
        run.onBlock(index, found);
      }
    });
    await Promise.all(lanes);
    return results;
  } finally {
    await pool.destroy();
  }
}

/** The same series in shared memory, so that threads read it without copies. */
function shared(series: ObservationSeries): ObservationSeries {
  const copy = (column: Float64Array) => {
    const view = new Float64Array(new SharedArrayBuffer(column.byteLength));
    view.set(column);
    return view;
  };
  return {
    intervalMs: series.intervalMs,
    length: series.length,
    openTimeMs: copy(series.openTimeMs),
    logReturn: copy(series.logReturn),
    realisedVariance: copy(series.realisedVariance),
    elapsedBars: copy(series.elapsedBars),
  };
}
