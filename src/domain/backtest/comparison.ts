/**
 * Forecasters side by side at one level: mean FZ0, Diebold-Mariano of the first against each other, and the
 * model confidence set of all.
 * Units: FZ0 on percent returns.
 */
import { dieboldMariano } from './diebold-mariano.ts';
import { type ForecastTrack, tailProbability } from './forecast-track.ts';
import { fz0Path } from './fz0-loss.ts';
import { modelConfidenceSet } from './model-confidence-set.ts';
import type { TestResult } from './test-result.ts';

export interface Comparison {
  readonly confidence: number;
  readonly rows: readonly ComparisonRow[];
}

export interface ComparisonRow {
  readonly name: string;
  readonly fz0: number;
  /** The first forecaster's mean FZ0 less this one's: below zero, the first is better. */
  readonly difference: number;
  /** Absent for the first itself. */
  readonly dieboldMariano?: TestResult;
  readonly confidenceSetP: number;
  /** Running sum of the first's loss less this one's. */
  readonly cumulative: Float64Array;
}

const PERCENT = 100;

/** All tracks must hold the same outcomes and levels. */
export function compareForecasters(tracks: readonly ForecastTrack[]): Comparison[] {
  const first = tracks[0];
  if (first === undefined) return [];
  return first.levels.map(({ confidence }, index) => {
    const paths = tracks.map(({ outcome, levels }) => {
      const level = levels[index]!;
      return fz0Path(
        outcome,
        level.valueAtRisk,
        level.expectedShortfall,
        tailProbability(confidence),
        PERCENT,
      );
    });
    const members = modelConfidenceSet(
      tracks.map(({ name }) => name),
      paths.map(({ losses }) => losses),
    );
    const rows = tracks.map(({ name }, at) => ({
      name,
      fz0: paths[at]!.mean,
      difference: paths[0]!.mean - paths[at]!.mean,
      ...(at === 0 ? {} : { dieboldMariano: dieboldMariano(paths[0]!.losses, paths[at]!.losses) }),
      confidenceSetP: members[at]!.pValue,
      cumulative: runningDifference(paths[0]!.losses, paths[at]!.losses),
    }));
    return { confidence, rows };
  });
}

function runningDifference(first: Float64Array, second: Float64Array): Float64Array {
  let sum = 0;
  return first.map((loss, t) => {
    sum += loss - second[t]!;
    return sum;
  });
}
