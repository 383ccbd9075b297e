/**
 * One block of a backtest inside a thread: fit, forecast, observe, for the pool and its peers.
 * Flow: command line or service -> task -> here -> rows. Shapes: see domain/backtest/walk-forward.ts.
 * The series lies in shared memory; a task names a block of it.
 */
import { type BacktestPlan, type BlockResult, runBlock } from '#domain/backtest/backtest-plan.ts';
import type { Block } from '#domain/backtest/walk-forward.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';

export interface BacktestTask {
  readonly series: ObservationSeries;
  readonly plan: BacktestPlan;
  readonly block: Block;
}

export function runBacktestBlock({ series, plan, block }: BacktestTask): BlockResult[] {
  return runBlock(createAssetPosterior, series, plan, block);
}
