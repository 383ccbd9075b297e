/**
 * Backtests over threads of their own, apart from those that answer and learn. Each block is a pure function
 * of the series and the plan, so the number of threads and the order of finishing change nothing but the time.
 * Flow: command line or backtest-jobs -> here -> worker/backtest-worker -> rows, summary.
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { BacktestPlan, BlockResult } from '#domain/backtest/backtest-plan.ts';
import type { BacktestSummary } from '#domain/backtest/backtest-summary.ts';
import { blocksOf } from '#domain/backtest/walk-forward.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import type { BacktestTask, SummaryTask } from '#worker/backtest-worker.ts';

const WORKER_FILE = fileURLToPath(new URL('../worker/backtest-worker.ts', import.meta.url));

export interface BlockRun {
  readonly series: ObservationSeries;
  readonly plan: BacktestPlan;
  /** Blocks that need not be computed again. */
  readonly done: ReadonlyMap<number, readonly BlockResult[]>;
  /** Called as each block finishes, in the order of finishing. */
  readonly onBlock: (block: number, results: readonly BlockResult[]) => void;
  readonly signal: AbortSignal;
}

export interface BacktestPool {
  /** Results of every block, in time order. Rejects when the signal aborts. */
  runBlocks(run: BlockRun): Promise<BlockResult[][]>;
  /** The tests and scores, off the event loop. */
  summarise(task: SummaryTask): Promise<BacktestSummary>;
  close(): Promise<void>;
}

export function createBacktestPool(threads: number): BacktestPool {
  const pool = new Piscina({ filename: WORKER_FILE, minThreads: 0, maxThreads: threads, execArgv: [] });
  return {
    async runBlocks(run) {
      const blocks = blocksOf(run.plan);
      const results: BlockResult[][] = blocks.map((_, index) => [...(run.done.get(index) ?? [])]);
      const waiting = blocks.map((_, index) => index).filter((index) => !run.done.has(index));
      const series = shared(run.series);
      // A lane takes the next block when its own is done, so that aborting leaves no queue behind.
      const lanes = Array.from({ length: Math.min(threads, waiting.length) }, async () => {
        for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
          run.signal.throwIfAborted();
          const task: BacktestTask = { series, plan: run.plan, block: blocks[index]! };
          const found = (await pool.run(task, { name: 'forecast', signal: run.signal })) as BlockResult[];
          results[index] = found;
          run.onBlock(index, found);
        }
      });
      await Promise.all(lanes);
      return results;
    },
    summarise: async (task) => (await pool.run(task, { name: 'summarise' })) as BacktestSummary,
    close: () => pool.destroy(),
  };
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
