/**
 * Limits of a stored book against an answer. Pure.
 *   used = figure / max; warn from `warnAt`, breach above 1. A latched limit that was breached stays so until
 *   someone acknowledges it.
 * Units: money in the book's currency, horizons in milliseconds.
 */
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { BookLimit } from './portfolio-books.ts';

export type LimitState = 'ok' | 'warn' | 'breach' | 'latched' | 'unknown';

export interface LimitView {
  readonly id: string;
  readonly metric: BookLimit['metric'];
  readonly confidence: number;
  readonly horizonMs: number;
  readonly max: number;
  readonly warnAt: number;
  readonly state: LimitState;
  /** undefined where the answer holds no such figure. */
  readonly actual?: number;
  readonly used?: number;
  readonly headroom?: number;
}

/** What must be asked so that every limit can be judged; undefined where no limit needs an answer. */
export function limitQuestion(
  limits: readonly BookLimit[],
): { readonly confidences: readonly number[]; readonly horizonsMs: readonly number[] } | undefined {
  if (limits.length === 0) return undefined;
  const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
  return {
    confidences: distinct(limits.map(({ confidence }) => confidence)),
    horizonsMs: distinct(limits.map(({ horizonMs }) => horizonMs)),
  };
}

export function judgeLimits(
  limits: readonly BookLimit[],
  answer: RiskAnswer | undefined,
): readonly LimitView[] {
  return limits.map((limit) => {
    const { id, metric, confidence, horizonMs, warnAt, latched } = limit;
    const max = Number(limit.max);
    const actual = figure(limit, answer);
    const base = { id, metric, confidence, horizonMs, max, warnAt };
    if (actual === undefined) return { ...base, state: latched ? 'latched' : 'unknown' };
    const used = max > 0 ? actual / max : actual > 0 ? Number.MAX_VALUE : 0;
    const state = latched ? 'latched' : used > 1 ? 'breach' : used >= warnAt ? 'warn' : 'ok';
    return { ...base, state, actual, used, headroom: max - actual };
  });
}

function figure(
  { metric, confidence, horizonMs }: BookLimit,
  answer: RiskAnswer | undefined,
): number | undefined {
  if (answer === undefined) return undefined;
  if (metric === 'gross') return answer.grossExposure;
  const result = answer.results.find(
    (each) => each.confidence === confidence && each.horizonMs === horizonMs,
  );
  return metric === 'var' ? result?.var.estimate : result?.es.estimate;
}
