/**
 * One VaR calculation as every route runs it: in a span, timed, counted by result.
 * Flow:  routes -> here -> RiskEngine -> answer or Problem
 * Units: seconds in metrics, milliseconds on the request.
 */
import type { FastifyRequest } from 'fastify';
import type { FailureReason } from '#domain/failure.ts';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskQuery } from '#domain/measure/risk-query.ts';
import type { RiskEngine } from '#engine/risk-engine.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { withSpan } from '#telemetry/tracing.ts';
import { type Caller, callerOf } from './caller.ts';
import { failureProblem, Problem, type ProblemOptions } from './problems.ts';

type Result = 'ok' | 'numerical' | 'stale_data' | 'timeout' | 'internal' | 'client';

const RESULTS: Readonly<Record<FailureReason, Result>> = {
  'unknown-symbol': 'client',
  'horizon-not-served': 'client',
  'invalid-book': 'client',
  'insufficient-history': 'stale_data',
  'stale-data': 'stale_data',
  'not-ready': 'stale_data',
  'refused-by-directive': 'client',
  numerical: 'numerical',
  timeout: 'timeout',
  overloaded: 'internal',
};

/** Levels that have a label of their own; the rest share one, so the series stay few. */
const LEVELS: ReadonlySet<number> = new Set([0.9, 0.95, 0.975, 0.99, 0.995, 0.999]);

/** The latency objective of a calculation. */
const SLOW_SECONDS = 1;

export interface ValuationOptions {
  /** Changes the problem that a refusal becomes, e.g. 404 where the symbol is the path. */
  readonly refusal?: ProblemOptions;
  /** Others wait for the same answer: one client that leaves must not cancel it. */
  readonly shared?: boolean;
}

export type Valuation = (
  query: RiskQuery,
  request: FastifyRequest,
  options?: ValuationOptions,
) => Promise<RiskAnswer>;

/** Keeps an answer before it leaves; false where it leaves without the audit entry it should have. */
export type AnswerRecorder = (answer: RiskAnswer, caller: Caller) => Promise<boolean>;

/** Told to the caller among the quality's reasons. */
const UNAUDITED = 'nothing could keep the audit entry of this answer';

export function createValuation(engine: RiskEngine, metrics: Metrics, record?: AnswerRecorder): Valuation {
  const outcome = (slo: string, good: boolean): void =>
    metrics.sloEvents.inc({ slo, outcome: good ? 'good' : 'bad' });

  return async (query, request, { refusal = {}, shared = false } = {}) => {
    const start = performance.now();
    let result: Result = 'internal';
    const settle = (): void => {
      const seconds = (performance.now() - start) / 1000;
      metrics.varDuration.observe({ method: query.method }, seconds);
      // What the caller got wrong is no event of ours.
      if (result !== 'client') {
        outcome('var-errors', result === 'ok');
        outcome('var-availability', result === 'ok');
        outcome('var-latency', seconds <= SLOW_SECONDS);
      }
      for (const level of query.confidences)
        metrics.varCalculations.inc({
          method: query.method,
          confidence: LEVELS.has(level) ? String(level) : 'other',
          result,
        });
    };
    try {
      const attributes = { 'var.positions': query.positions.length, 'var.method': query.method };
      const valued = await withSpan('value-at-risk', attributes, () =>
        engine.valueAtRisk(query, shared ? {} : { signal: request.cancel }),
      );
      if (!valued.ok) {
        result = RESULTS[valued.reason];
        throw failureProblem(valued, refusal);
      }
      result = 'ok';
      request.calcMs = valued.value.calcUs / 1000;
      const kept = (await record?.(valued.value, callerOf(request))) ?? true;
      return kept ? valued.value : unaudited(valued.value);
    } catch (error) {
      if (!shared && request.cancel.aborted)
        result = request.cancel.reason instanceof Problem ? 'timeout' : 'client';
      throw error;
    } finally {
      settle();
    }
  };
}

function unaudited(answer: RiskAnswer): RiskAnswer {
  const { quality } = answer;
  return { ...answer, quality: { ...quality, reasons: [...quality.reasons, UNAUDITED] } };
}
