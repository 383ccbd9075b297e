/**
 * What a sandbox hands back: the fitted posterior and its one-step forecasts over the holdout, each made
 * before the observation it is scored against. The whole of it is hostile until this parser has passed it.
 *
 * Units: losses and quantiles in log return, positive for a loss. Shapes: holdout arrays have length H; var
 * and es have one array a confidence.
 */
import { TRAINING_SCHEMA } from './training-job.ts';

export interface HoldoutForecasts {
  readonly openTimeMs: readonly number[];
  readonly logReturn: readonly number[];
  readonly pit: readonly number[];
  readonly logScore: readonly number[];
  readonly confidences: readonly number[];
  readonly var: readonly (readonly number[])[];
  readonly es: readonly (readonly number[])[];
}

export interface TrainedModel {
  readonly model: string;
  readonly weight: number;
  readonly ess: number;
  readonly paretoK: number;
  readonly logEvidence: number;
}

export interface TrainingResult {
  readonly schema: typeof TRAINING_SCHEMA;
  readonly jobId: string;
  readonly inputSha256: string;
  /** The posterior's flat state, little-endian float64, base64. */
  readonly state: string;
  readonly models: readonly TrainedModel[];
  readonly holdout: HoldoutForecasts;
}

export interface ExpectedResult {
  readonly jobId: string;
  readonly inputSha256: string;
  readonly stateLength: number;
  readonly holdoutTimes: readonly number[];
  readonly confidences: readonly number[];
}

/** Largest loss, in log return, that a sane one-step forecast may state. */
const LOSS_MAX = 10;

/** The result, or the first reason to refuse it. */
export function parseTrainingResult(value: unknown, expected: ExpectedResult): TrainingResult | string {
  if (typeof value !== 'object' || value === null) return 'not an object';
  const result = value as TrainingResult;
  if (result.schema !== TRAINING_SCHEMA) return 'wrong schema';
  if (result.jobId !== expected.jobId) return 'the result belongs to another job';
  if (result.inputSha256 !== expected.inputSha256) return 'the result was made from another input';
  if (
    typeof result.state !== 'string' ||
    result.state.length !== Math.ceil((expected.stateLength * 8) / 3) * 4
  )
    return 'the state has the wrong size';
  if (!Array.isArray(result.models) || result.models.length === 0) return 'no models';
  const weights = result.models.map(({ weight }) => weight);
  if (!allFinite(weights, 0, 1) || Math.abs(sum(weights) - 1) > 1e-6)
    return 'model weights do not sum to one';
  if (!result.models.every(({ ess }) => Number.isFinite(ess) && ess >= 1))
    return 'an effective sample size below 1';
  return holdoutFault(result.holdout, expected) ?? result;
}

function holdoutFault(holdout: HoldoutForecasts | undefined, expected: ExpectedResult): string | undefined {
  if (typeof holdout !== 'object' || holdout === null) return 'no holdout forecasts';
  const length = expected.holdoutTimes.length;
  const series = [holdout.openTimeMs, holdout.logReturn, holdout.pit, holdout.logScore];
  if (!series.every((values) => Array.isArray(values) && values.length === length))
    return 'holdout length differs';
  if (holdout.openTimeMs.some((time, at) => time !== expected.holdoutTimes[at]))
    return 'holdout times differ';
  if (!allFinite(holdout.pit, 0, 1)) return 'a probability integral transform outside [0, 1]';
  if (!allFinite(holdout.logReturn, -LOSS_MAX, LOSS_MAX) || !allFinite(holdout.logScore, -1e6, 1e6))
    return 'a holdout value that is not finite';
  if (!Array.isArray(holdout.var) || holdout.var.length !== expected.confidences.length)
    return 'levels differ';
  if (!Array.isArray(holdout.es) || holdout.es.length !== expected.confidences.length) return 'levels differ';
  for (const [level, losses] of holdout.var.entries()) {
    const shortfalls = holdout.es[level];
    if (!Array.isArray(losses) || losses.length !== length || !allFinite(losses, -LOSS_MAX, LOSS_MAX))
      return 'a VaR out of range';
    if (
      !Array.isArray(shortfalls) ||
      shortfalls.length !== length ||
      !allFinite(shortfalls, -LOSS_MAX, LOSS_MAX)
    )
      return 'an expected shortfall out of range';
    if (losses.some((loss, at) => shortfalls[at]! < loss)) return 'an expected shortfall below its VaR';
  }
  return undefined;
}

function allFinite(values: readonly number[], low: number, high: number): boolean {
  return values.every((value) => typeof value === 'number' && value >= low && value <= high);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
