/**
 * The document a training job carries into a sandbox: de-identified returns and how to fit them.
 * Units: times in epoch milliseconds, returns in log return. Shapes: the history arrays have equal length T;
 * `holdout` counts the last observations, which the fit must not see.
 */
import type { ObservationSeries } from '../posterior/observation.ts';

export const TRAINING_SCHEMA = 1;

export interface TrainingDocument {
  readonly schema: typeof TRAINING_SCHEMA;
  readonly jobId: string;
  readonly symbol: string;
  readonly intervalMs: number;
  readonly particles: number;
  readonly seed: number;
  readonly holdout: number;
  readonly confidences: readonly number[];
  readonly openTimeMs: readonly number[];
  readonly logReturn: readonly number[];
  /** null where no realised variance was measured. */
  readonly realisedVariance: readonly (number | null)[];
  readonly elapsedBars: readonly number[];
}

const OBSERVATIONS_MIN = 60;

/** The document, or the first fault in words. */
export function parseTrainingDocument(value: unknown): TrainingDocument | string {
  if (typeof value !== 'object' || value === null) return 'not an object';
  const document = value as TrainingDocument;
  if (document.schema !== TRAINING_SCHEMA) return `schema ${document.schema} is not ${TRAINING_SCHEMA}`;
  if (typeof document.jobId !== 'string' || typeof document.symbol !== 'string')
    return 'jobId or symbol is missing';
  for (const name of ['intervalMs', 'particles', 'holdout'] as const)
    if (!Number.isInteger(document[name]) || document[name] < 0) return `${name} is not a count`;
  if (!Number.isFinite(document.seed)) return 'seed is not a number';
  if (!isArrayOf(document.confidences, (level) => level > 0.5 && level < 1))
    return 'confidences are not in (0.5, 1)';
  if (!isArrayOf(document.openTimeMs, Number.isFinite)) return 'openTimeMs has an entry that is not a time';
  if (!isArrayOf(document.logReturn, Number.isFinite)) return 'logReturn has an entry that is not finite';
  if (!isArrayOf(document.elapsedBars, (bars) => bars >= 1)) return 'elapsedBars has an entry below 1';
  if (
    !Array.isArray(document.realisedVariance) ||
    !document.realisedVariance.every((value) => value === null || (Number.isFinite(value) && value >= 0))
  )
    return 'realisedVariance has a negative or non-finite entry';
  const length = document.logReturn.length;
  const lengths = [document.openTimeMs, document.realisedVariance, document.elapsedBars].map(
    (array) => array.length,
  );
  if (lengths.some((other) => other !== length)) return 'the history arrays differ in length';
  if (length - document.holdout < OBSERVATIONS_MIN)
    return `${length - document.holdout} observations to fit, at least ${OBSERVATIONS_MIN} are needed`;
  return document;
}

/** The observations of a document; `from` and `to` cut [from, to). */
export function observationsOf(document: TrainingDocument, from: number, to: number): ObservationSeries {
  const cut = (values: readonly (number | null)[]) =>
    Float64Array.from(values.slice(from, to), (value) => value ?? Number.NaN);
  return {
    intervalMs: document.intervalMs,
    length: to - from,
    openTimeMs: cut(document.openTimeMs),
    logReturn: cut(document.logReturn),
    realisedVariance: cut(document.realisedVariance),
    elapsedBars: cut(document.elapsedBars),
  };
}

function isArrayOf(values: unknown, holds: (value: number) => boolean): values is readonly number[] {
  return Array.isArray(values) && values.every((value) => typeof value === 'number' && holds(value));
}
