/**
 * What can be said of the prices a book would be valued at: how old, how whole, and whether to answer.
 * Flow: ingest views -> here -> quality of every answer. Units: milliseconds.
 */
import { failure, type Outcome, success } from '#domain/failure.ts';
import type { GapNotice, Quality, QualityStatus } from '#domain/measure/risk-answer.ts';
import type { MarketDataView } from './risk-engine.ts';

export interface QualityLimits {
  /** From this age a price is stale and the answer says so. */
  readonly staleAfterMs: number;
  /** From this age there is no answer. */
  readonly maxStaleMs: number;
  /** Lost windows older than this no longer mark an answer. */
  readonly gapMemoryMs: number;
}

/** Worst first. */
const ORDER: readonly QualityStatus[] = ['insufficient', 'degraded', 'stale', 'fresh'];

export function marketQuality(
  views: readonly MarketDataView[],
  prices: readonly number[],
  limits: QualityLimits,
  nowMs: number,
): Outcome<Quality> {
  const unpriced = views.find((_, at) => !(prices[at]! > 0));
  if (unpriced !== undefined)
    return failure('not-ready', `no price of ${unpriced.symbol} has been seen yet`, {
      symbol: unpriced.symbol,
    });
  const dead = views.find(({ state, ageMs }) => state !== 'halted' && ageMs > limits.maxStaleMs);
  if (dead !== undefined)
    return failure('stale-data', `the price of ${dead.symbol} is ${Math.round(dead.ageMs / 1000)} s old`, {
      symbol: dead.symbol,
      ageMs: dead.ageMs,
    });

  const reasons: string[] = [];
  const statuses: QualityStatus[] = ['fresh'];
  for (const { symbol, state, ageMs } of views) {
    if (state === 'halted') {
      statuses.push('degraded');
      reasons.push(`trading in ${symbol} is halted`);
    } else if (ageMs > limits.staleAfterMs || state === 'stale' || state === 'down') {
      statuses.push('stale');
      reasons.push(`the stream of ${symbol} is ${state === 'live' ? 'stale' : state}`);
    } else if (state === 'gap') {
      statuses.push('degraded');
      reasons.push(`missing trades of ${symbol} are being fetched`);
    }
  }
  const gaps = views.flatMap((view) => recentGaps(view, nowMs - limits.gapMemoryMs));
  if (gaps.length > 0) {
    statuses.push('degraded');
    reasons.push('trades are missing that could not be fetched');
  }
  return success({
    status: ORDER.find((status) => statuses.includes(status))!,
    maxAgeMs: views.reduce((oldest, { ageMs }) => Math.max(oldest, Math.round(ageMs)), 0),
    gaps,
    excluded: [],
    reasons,
  });
}

function recentGaps({ symbol, lost }: MarketDataView, sinceMs: number): readonly GapNotice[] {
  return lost
    .filter(({ toMs }) => toMs >= sinceMs)
    .map(({ fromMs, toMs, trades, reason }) => ({ symbol, fromMs, toMs, missingTrades: trades, reason }));
}
