/**
 * A finished backtest in figures alone, small enough to store and to send: every test of every forecaster,
 * the comparisons, and when the pool's VaR was exceeded.
 * Flow: block results -> here -> job result, HTTP answer.
 * Units: times in epoch milliseconds; FZ0 on percent log returns.
 */
import type { ObservationSeries } from '../posterior/observation.ts';
import type { BacktestPlan, BlockResult } from './backtest-plan.ts';
import { compareForecasters } from './comparison.ts';
import { joinResults, trackFromRows } from './forecast-rows.ts';
import { exceedances } from './forecast-track.ts';
import { type Scorecard, scorecard } from './scorecard.ts';
import type { TestResult } from './test-result.ts';

export interface BacktestSummary {
  readonly intervalMs: number;
  readonly forecasts: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly window: number;
  readonly refit: number;
  readonly particles: number;
  readonly seed: number;
  /** The pool first, then the peers. */
  readonly forecasters: readonly Scorecard[];
  readonly comparisons: readonly {
    readonly confidence: number;
    readonly rows: readonly {
      readonly name: string;
      readonly fz0: number;
      readonly difference: number;
      readonly dieboldMariano?: TestResult;
      readonly confidenceSetP: number;
    }[];
  }[];
  /** Opening times of the bars in which the pool's VaR was exceeded. */
  readonly exceedances: readonly { readonly confidence: number; readonly openTimesMs: readonly number[] }[];
}

export function summariseBacktest(
  series: ObservationSeries,
  plan: BacktestPlan,
  confidences: readonly number[],
  blocks: readonly (readonly BlockResult[])[],
): BacktestSummary {
  const outcome = series.logReturn.slice(plan.first, plan.end);
  const tracks = joinResults(blocks, confidences).map((rows) => trackFromRows(rows, outcome));
  const times = series.openTimeMs.subarray(plan.first, plan.end);
  return {
    intervalMs: series.intervalMs,
    forecasts: plan.end - plan.first,
    fromMs: times[0] ?? 0,
    toMs: times.at(-1) ?? 0,
    window: plan.window,
    refit: plan.refit,
    particles: plan.posterior.particles,
    seed: plan.posterior.seed,
    forecasters: tracks.map(scorecard),
    comparisons: compareForecasters(tracks).map(({ confidence, rows }) => ({
      confidence,
      rows: rows.map(({ cumulative: _, ...row }) => row),
    })),
    exceedances: (tracks[0]?.levels ?? []).map(({ confidence, valueAtRisk }) => {
      const hits = exceedances(outcome, valueAtRisk);
      return { confidence, openTimesMs: [...times].filter((_, t) => hits[t] === 1) };
    }),
  };
}
