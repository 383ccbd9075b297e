/**
 * Strictly out-of-sample forecasts in blocks of several fits. Every `refit` bars a forecaster is fitted on the
 * `window` observations before; between fits every forecast is fixed before its outcome is observed.
 * What outlives a fit, the weights of a pool, is warmed up by one fit and its bars before the block's first
 * row. So a block depends on nothing but the observations before its own rows, any worker may compute any
 * block, and the bytes are the same.
 *
 * Flow: observations -> blocks -> forecasters -> block rows -> forecast tracks.
 * Units: as in the observations; valueAtRisk and expectedShortfall are losses.
 * Shapes: a block's `rows` is row-major, rows x rowWidth: VaR per level, ES per level, PIT, log score
 * (NaN inside the array where there is no density), then one weight per pool member.
 */
import type { ObservationSeries } from '../posterior/observation.ts';
import type { Forecaster } from './forecaster.ts';
import { observationAt, sliceSeries } from './forecaster.ts';

export interface WalkForwardPlan {
  /** Index of the first and past the last observation to forecast. */
  readonly first: number;
  readonly end: number;
  /** Observations per fit, fewer at the beginning of a series. */
  readonly window: number;
  /** Forecasts per fit. */
  readonly refit: number;
  /** Tail probabilities, e.g. 0.01. */
  readonly probabilities: readonly number[];
  /** True: rows state simple returns, converted exactly from the log returns that were learned from. */
  readonly simple: boolean;
}

export interface Block {
  readonly from: number;
  readonly to: number;
}

/** Enough fits that warming up costs little, few enough that threads share the work evenly. */
const FITS_PER_BLOCK = 5;
/** A warm-up fit on fewer observations would teach the weights nothing. */
const LEAST_WARM_UP = 50;

export function blocksOf(plan: WalkForwardPlan): Block[] {
  const blocks: Block[] = [];
  const length = plan.refit * FITS_PER_BLOCK;
  for (let from = plan.first; from < plan.end; from += length)
    blocks.push({ from, to: Math.min(plan.end, from + length) });
  return blocks;
}

export function rowWidth(levels: number, members: number): number {
  return 2 * levels + 2 + members;
}

export function forecastBlock(
  forecaster: Forecaster,
  series: ObservationSeries,
  plan: WalkForwardPlan,
  block: Block,
): Float64Array {
  const width = rowWidth(plan.probabilities.length, forecaster.members.length);
  const rows = new Float64Array((block.to - block.from) * width);
  const writeRow = rowWriter(forecaster, series, plan, rows);
  const warm = block.from - plan.refit;
  const begin = forecaster.carries && warm >= LEAST_WARM_UP ? warm : block.from;
  for (let start = begin; start < block.to; start += plan.refit) {
    forecaster.fit(sliceSeries(series, Math.max(0, start - plan.window), start));
    const end = Math.min(block.to, start + plan.refit);
    for (let t = start; t < end; t++) {
      if (t >= block.from) writeRow(t, (t - block.from) * width);
      forecaster.observe(observationAt(series, t));
    }
  }
  return rows;
}

/** States the law of observation t, then reads off what its outcome scores under that law. */
function rowWriter(
  forecaster: Forecaster,
  series: ObservationSeries,
  plan: WalkForwardPlan,
  rows: Float64Array,
): (t: number, at: number) => void {
  const levels = plan.probabilities.length;
  const quantile = new Float64Array(levels);
  const tailMean = new Float64Array(levels);
  const weights = new Float64Array(forecaster.members.length);
  return (t, at) => {
    forecaster.tail(plan.probabilities, quantile, tailMean);
    forecaster.weights(weights);
    plan.probabilities.forEach((probability, level) => {
      rows[at + level] = plan.simple ? -Math.expm1(quantile[level]!) : -quantile[level]!;
      rows[at + levels + level] = plan.simple ? 1 - forecaster.expTailMean(probability) : -tailMean[level]!;
    });
    rows.set(weights, at + 2 * levels + 2);
    const outcome = series.logReturn[t]!;
    rows[at + 2 * levels] = forecaster.cdf(outcome);
    const density = forecaster.logDensity(outcome) ?? Number.NaN;
    rows[at + 2 * levels + 1] = plan.simple ? density - outcome : density;
    requireFinite(rows, at, 2 * levels + 1, forecaster.name, t);
  };
}

function requireFinite(rows: Float64Array, at: number, count: number, name: string, t: number): void {
  for (let column = 0; column < count; column++)
    if (!Number.isFinite(rows[at + column]!))
      throw new Error(`${name} gave a forecast that is not finite for observation ${t}`);
}
