/**
 * A backtest inside a thread: one block of forecasts, or the scoring of all.
 * Flow: engine/backtest-pool -> task -> here -> rows or summary. Shapes: see domain/backtest/walk-forward.ts.
 * The series lies in shared memory; a task names a block of it.
 */
import { type BacktestPlan, type BlockResult, runBlock } from '#domain/backtest/backtest-plan.ts';
import { type BacktestSummary, summariseBacktest } from '#domain/backtest/backtest-summary.ts';
import type { Block } from '#domain/backtest/walk-forward.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';

export interface BacktestTask {
  readonly series: ObservationSeries;
  readonly plan: BacktestPlan;
  readonly block: Block;
}

export interface SummaryTask {
  readonly series: ObservationSeries;
  readonly plan: BacktestPlan;
  readonly confidences: readonly number[];
  readonly blocks: readonly (readonly BlockResult[])[];
}

export function forecast({ series, plan, block }: BacktestTask): BlockResult[] {
  return runBlock(createAssetPosterior, series, plan, block);
}

export function summarise({ series, plan, confidences, blocks }: SummaryTask): BacktestSummary {
  return summariseBacktest(series, plan, confidences, blocks);
}
