/**
 * Block rows of one forecaster, joined in time order and read as a forecast track.
 * Shapes: see walk-forward.ts.
 */
import type { BlockResult } from './backtest-plan.ts';
import type { ForecastTrack } from './forecast-track.ts';
import { rowWidth } from './walk-forward.ts';

export interface ForecastRows {
  readonly name: string;
  readonly members: readonly string[];
  readonly confidences: readonly number[];
  /** Row-major over all forecasts. */
  readonly rows: Float64Array;
}

export function joinBlocks(blocks: readonly Float64Array[]): Float64Array {
  const joined = new Float64Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let at = 0;
  for (const block of blocks) {
    joined.set(block, at);
    at += block.length;
  }
  return joined;
}

/** Blocks in time order, each with the results of every forecaster, turned into one entry per forecaster. */
export function joinResults(
  blocks: readonly (readonly BlockResult[])[],
  confidences: readonly number[],
): ForecastRows[] {
  return (blocks[0] ?? []).map(({ name, members }, at) => ({
    name,
    members,
    confidences,
    rows: joinBlocks(blocks.map((results) => results[at]!.rows)),
  }));
}

/** `outcome` holds one return per row. Levels not wanted may be left out by naming the confidences wanted. */
export function trackFromRows(
  { name, members, confidences, rows }: ForecastRows,
  outcome: Float64Array,
  wanted: readonly number[] = confidences,
): ForecastTrack {
  const levels = confidences.length;
  const width = rowWidth(levels, members.length);
  if (rows.length !== outcome.length * width) throw new RangeError('rows and outcomes differ in length');
  const column = (offset: number) =>
    Float64Array.from({ length: outcome.length }, (_, t) => rows[t * width + offset]!);
  const logScore = column(2 * levels + 1);
  return {
    name,
    length: outcome.length,
    outcome,
    levels: wanted.map((confidence) => {
      const level = confidences.indexOf(confidence);
      if (level < 0) throw new RangeError(`no forecasts at confidence ${confidence}`);
      return { confidence, valueAtRisk: column(level), expectedShortfall: column(levels + level) };
    }),
    pit: column(2 * levels),
    logScore: logScore.every(Number.isFinite) ? logScore : new Float64Array(0),
  };
}

/** Weight paths of the pool's members, one array per member. */
export function weightPaths({ members, confidences, rows }: ForecastRows): Float64Array[] {
  const width = rowWidth(confidences.length, members.length);
  const count = rows.length / width;
  return members.map((_, member) =>
    Float64Array.from({ length: count }, (_unused, t) => rows[t * width + width - members.length + member]!),
  );
}
