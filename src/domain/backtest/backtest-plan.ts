/**
 * A whole backtest as data: what to forecast, with which pool, and how the work splits into blocks.
 * Flow: command line or service -> plan -> blocks in threads -> joined rows -> tracks.
 */
import type { AssetPosterior, PosteriorOptions } from '../posterior/asset-posterior.ts';
import type { ObservationSeries } from '../posterior/observation.ts';
import { createPeers } from './peers/peer-pool.ts';
import { createPosteriorForecaster } from './posterior-forecaster.ts';
import { type Block, forecastBlock, type WalkForwardPlan } from './walk-forward.ts';

/** Fewer returns than this before the first forecast teach a volatility model nothing. */
export const LEAST_HISTORY = 50;

export interface BacktestPlan extends WalkForwardPlan {
  readonly posterior: PosteriorOptions;
  readonly peers: boolean;
  /** True: every member of the pool also forecasts alone. */
  readonly members: boolean;
}

/** The rows of one forecaster in one block; see walk-forward.ts. */
export interface BlockResult {
  readonly name: string;
  readonly members: readonly string[];
  readonly rows: Float64Array;
}

export type PosteriorFactory = (options: PosteriorOptions) => AssetPosterior;

/** The pool first, then its members, then the peers; all made anew, so that nothing leaks between blocks. */
export function runBlock(
  createPosterior: PosteriorFactory,
  series: ObservationSeries,
  plan: BacktestPlan,
  block: Block,
): BlockResult[] {
  const pool = createPosterior(plan.posterior);
  const alone = (model: string) =>
    createPosteriorForecaster(createPosterior({ ...plan.posterior, models: [model] }), model);
  const forecasters = [
    createPosteriorForecaster(pool),
    ...(plan.members ? pool.modelIds.map(alone) : []),
    ...(plan.peers ? createPeers() : []),
  ];
  return forecasters.map((forecaster) => ({
    name: forecaster.name,
    members: forecaster.members,
    rows: forecastBlock(forecaster, series, plan, block),
  }));
}
