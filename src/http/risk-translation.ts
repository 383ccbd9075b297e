/**
 * From the wire form of a VaR question to the engine's, and back with the answer.
 * Flow:  schemas/risk -> here -> engine -> here -> JSON
 * Units: horizons ISO 8601 outside, milliseconds inside; amounts decimals outside, numbers inside.
 */
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskMethod, RiskQuery } from '#domain/measure/risk-query.ts';
import type { Position } from '#domain/portfolio/position.ts';
import { decimalNumber } from './decimal.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { Problem, type ProblemDetail } from './problems.ts';
import type { Standing, VarAnswer, VarQuery, VarRequest } from './schemas/risk.ts';

/** One millisecond of horizon is no horizon; a month on this clock is the longest that makes sense. */
const MAX_HORIZON_MS = 31 * 86_400_000;
const MIN_HORIZON_MS = 1_000;
const MAX_AMOUNT = 1e15;

export function toRiskQuery(request: VarRequest): RiskQuery {
  return { positions: toPositions(request.positions), ...toRiskOptions(request) };
}

export function toPositions(positions: VarRequest['positions']): readonly Position[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const errors: ProblemDetail[] = [];
  let zero = true;
  const book = positions.map(({ symbol, quantity, notional }, index): Position => {
    if (seen.has(symbol)) repeated.add(symbol);
    seen.add(symbol);
    if ((quantity === undefined) === (notional === undefined))
      errors.push({ path: `/positions/${index}`, message: 'needs either quantity or notional' });
    const amount = decimalNumber(quantity ?? notional ?? 0);
    if (Math.abs(amount) > MAX_AMOUNT)
      errors.push({ path: `/positions/${index}`, message: `is beyond ${MAX_AMOUNT}` });
    if (amount !== 0) zero = false;
    return quantity === undefined ? { symbol, notional: amount } : { symbol, quantity: amount };
  });
  if (errors.length > 0) throw new Problem('invalid-book', undefined, { errors });
  if (repeated.size > 0)
    throw new Problem('duplicate-symbol', `${[...repeated].join(', ')} appears more than once`);
  if (zero) throw new Problem('invalid-book', 'Every position is zero');
  return book;
}

export function toRiskOptions(options: VarQuery): Omit<RiskQuery, 'positions'> {
  const horizons = options.horizon ?? ['P1D'];
  return {
    confidences: distinct(options.confidence ?? [0.95, 0.99], 'confidence'),
    horizonsMs: distinct(horizons.map(toHorizonMs), 'horizon'),
    credibleMass: options.credibleMass ?? 0.9,
    method: (options.method ?? 'bayes') as RiskMethod,
    contributions: options.contributions ?? false,
    ...(options.precise === true && { precise: true }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  };
}

function toHorizonMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < MIN_HORIZON_MS || ms > MAX_HORIZON_MS)
    throw new Problem(
      'horizon-not-served',
      `Horizon ${text} is outside ${formatDuration(MIN_HORIZON_MS)} to ${formatDuration(MAX_HORIZON_MS)}`,
    );
  return ms;
}

function distinct(values: readonly number[], field: string): readonly number[] {
  if (new Set(values).size < values.length)
    throw new Problem('invalid-request', undefined, {
      errors: [{ path: `/${field}`, message: 'has a value twice' }],
    });
  return values;
}

/** What the figures of an answer stand on; nothing where nothing was valued. */
export function standingOf(answer: RiskAnswer): Standing;
export function standingOf(answer: RiskAnswer | undefined): Partial<Standing>;
export function standingOf(answer: RiskAnswer | undefined): Partial<Standing> {
  if (answer === undefined) return {};
  const { asOfMs, dataAsOfMs, model, provenance, quality, lineageId, compliance } = answer;
  const standing = { asOfMs, dataAsOfMs, model, provenance, quality, lineageId };
  return (compliance === undefined ? standing : { ...standing, compliance }) as Standing;
}

/** The answer in wire form; horizons are echoed as the caller wrote them. */
export function toVarAnswer(
  answer: RiskAnswer,
  requestId: string,
  horizons: readonly string[] = [],
): VarAnswer {
  const texts = new Map(horizons.map((text) => [parseDuration(text), text]));
  const { results, ...rest } = answer;
  return {
    requestId,
    ...rest,
    results: results.map(({ horizonMs, ...result }) => ({
      ...result,
      horizon: texts.get(horizonMs) ?? formatDuration(horizonMs),
    })),
  } as VarAnswer;
}
