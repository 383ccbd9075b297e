/**
 * One block of a backtest inside a thread: fit, forecast, observe, for the pool and its peers.
 * Flow: command line or service -> task -> here -> rows. Shapes: see domain/backtest/walk-forward.ts.
 * The series lies in shared memory; a task names a block of it. Forecasters are kept between tasks, which
 * changes nothing in the answer because every block begins with a fit from history alone.
 */
import {
  type BacktestPlan,
  type BlockResult,
  createForecasters,
  runBlock,
} from '#domain/backtest/backtest-plan.ts';
import type { Forecaster } from '#domain/backtest/forecaster.ts';
import type { Block } from '#domain/backtest/walk-forward.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';

export interface BacktestTask {
  readonly series: ObservationSeries;
  readonly plan: BacktestPlan;
  readonly block: Block;
}

let kept: { readonly key: string; readonly forecasters: readonly Forecaster[] } | undefined;

export function runBacktestBlock({ series, plan, block }: BacktestTask): BlockResult[] {
  const key = JSON.stringify(plan);
  if (kept?.key !== key) kept = { key, forecasters: createForecasters(plan, createAssetPosterior) };
  return runBlock(kept.forecasters, series, plan, block);
}
