/**
 * From a query and prices to what a worker values, and from its reply to the answer.
 * Flow: http RiskQuery -> here -> worker/protocol ValueTask; ValueAnswer -> here -> RiskAnswer.
 * Units: exposures in the account currency, signed.
 */
import { hash } from 'node:crypto';
import { failure, type Outcome, success } from '#domain/failure.ts';
import type { Provenance } from '#domain/market/tick.ts';
import type { Quality, RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskQuery } from '#domain/measure/risk-query.ts';
import type { Exposure } from '#domain/portfolio/position.ts';
import type { ModelStamp, ValueAnswer, ValueTask } from '#worker/protocol.ts';

/** A relative numerical error above this is told among the quality's reasons. */
const PRECISE = 0.005;
/** Beyond this an exposure is taken for a slip of the keyboard. */
const LARGEST_EXPOSURE = 1e15;

/** One exposure per symbol, ascending by index, zeros left out. */
export function exposuresOf(
  query: RiskQuery,
  symbolIndex: ReadonlyMap<string, number>,
  prices: ArrayLike<number>,
): Outcome<readonly Exposure[]> {
  const exposures: Exposure[] = [];
  const seen = new Set<number>();
  for (const { symbol, quantity, notional } of query.positions) {
    const index = symbolIndex.get(symbol);
    if (index === undefined) return failure('unknown-symbol', `${symbol} is not served`, { symbol });
    if (seen.has(index)) return failure('invalid-book', `${symbol} appears twice`, { symbol });
    seen.add(index);
    if ((quantity === undefined) === (notional === undefined))
      return failure('invalid-book', `${symbol} needs either a quantity or a notional`, { symbol });
    if (quantity === 0 || notional === 0) continue;
    const price = prices[index] ?? Number.NaN;
    if (notional === undefined && !(price > 0))
      return failure('stale-data', `${symbol} has no price yet`, { symbol });
    const value = notional ?? quantity! * price;
    if (!(Math.abs(value) <= LARGEST_EXPOSURE))
      return failure('invalid-book', `${symbol} has an exposure out of range`, { symbol });
    exposures.push({ symbolIndex: index, value });
  }
  return success(exposures.sort((a, b) => a.symbolIndex - b.symbolIndex));
}

export function checkQuery(query: RiskQuery): Outcome<true> {
  for (const confidence of query.confidences)
    if (!(confidence >= 0.5 && confidence <= 0.9999))
      return failure('invalid-book', 'a confidence lies outside 0.5 to 0.9999', { confidence });
  for (const horizonMs of query.horizonsMs)
    if (!(horizonMs > 0 && Number.isFinite(horizonMs)))
      return failure('horizon-not-served', 'a horizon must be positive', { horizonMs });
  if (query.confidences.length === 0 || query.horizonsMs.length === 0)
    return failure('invalid-book', 'at least one confidence and one horizon are needed');
  if (!(query.credibleMass > 0 && query.credibleMass < 1))
    return failure('invalid-book', 'the credible mass must lie between 0 and 1');
  return success(true);
}

export function taskOf(query: RiskQuery, exposures: readonly Exposure[], seed: number): ValueTask {
  return {
    symbols: exposures.map((one) => one.symbolIndex),
    exposures: exposures.map((one) => one.value),
    confidences: query.confidences,
    horizonsMs: query.horizonsMs,
    credibleMass: query.credibleMass,
    contributions: query.contributions,
    method: query.method,
    seed,
    ...(query.explain === true && { explain: true as const }),
    ...(query.precise === true && { precise: true as const }),
  };
}

export interface AnswerContext {
  readonly asOfMs: number;
  readonly currency: string;
  readonly provenance: Provenance;
  readonly quality: Quality;
  readonly calcUs: number;
}

/** Prices are in the exposures; everything else the numbers depend on is in the stamp and the task. */
export function lineageIdOf(stamp: ModelStamp, provenance: Provenance, task: ValueTask): string {
  return hash('sha256', JSON.stringify([stamp.hash, stamp.version, stamp.dataAsOfMs, provenance, task]));
}

/** What the numbers themselves say against being relied on; the status speaks of the data alone. */
function withDoubts(quality: Quality, { method }: ValueTask, results: ValueAnswer['results']): Quality {
  const doubts: string[] = [];
  if (method === 'bayes') {
    let worst = 0;
    for (const { var: value, es } of results)
      for (const { estimate, stdError } of [value, es])
        if (estimate !== 0) worst = Math.max(worst, stdError / Math.abs(estimate));
    if (worst > PRECISE)
      doubts.push(
        `numerical error up to ${(100 * worst).toFixed(1)} % of the figure, above ${100 * PRECISE} %`,
      );
  }
  if (results.some(({ window }) => window?.spansYear === false))
    doubts.push('less than a year is kept at this horizon: the stressed window is shorter');
  return doubts.length === 0 ? quality : { ...quality, reasons: [...quality.reasons, ...doubts] };
}

export function answerOf(task: ValueTask, reply: ValueAnswer, context: AnswerContext): RiskAnswer {
  const { stamp, results } = reply;
  let value = 0;
  let grossExposure = 0;
  for (const exposure of task.exposures) {
    value += exposure;
    grossExposure += Math.abs(exposure);
  }
  return {
    asOfMs: context.asOfMs,
    dataAsOfMs: stamp.dataAsOfMs,
    currency: context.currency,
    value,
    grossExposure,
    results,
    method: task.method,
    credibleMass: task.credibleMass,
    seed: task.seed,
    model: { id: 'pool', version: stamp.version, hash: stamp.hash, weights: stamp.weights },
    provenance: context.provenance,
    quality: withDoubts(context.quality, task, results),
    lineageId: lineageIdOf(stamp, context.provenance, task),
    calcUs: context.calcUs,
    ...(stamp.voices !== undefined && { voices: stamp.voices }),
  };
}
