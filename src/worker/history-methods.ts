/**
 * Methods on the bar history: returns of the bars that every symbol of the book has, newest last. Bars that the
 * epoch's posteriors have not seen are left out, so that an answer by any method belongs to one epoch.
 * Flow: memory/bar-history -> here -> domain/measure/history-risk, domain/measure/stressed-risk. Units: log returns, ms.
 */
import { type ComparisonMethod, historyRisk } from '#domain/measure/history-risk.ts';
import type { RiskResult } from '#domain/measure/risk-answer.ts';
import { stressedRisk } from '#domain/measure/stressed-risk.ts';
import type { PublishedSlot } from '#memory/publication.ts';
import type { ServedHorizon } from '#memory/risk-layout.ts';
import type { RiskMemory } from '#memory/risk-memory.ts';
import type { ValueTask } from './protocol.ts';

/** Bars that the comparison methods look back on. */
const LOOKBACK_BARS = 500;

/** What an epoch says of the bars that its posteriors have seen, by symbol. */
type SeenBars = Pick<PublishedSlot, 'posteriorSlot' | 'lastOpenTimeMs'>;

export interface AlignedReturns {
  readonly openTimeMs: readonly number[];
  /** T x A row-major. */
  readonly logReturns: Float64Array;
}

/** Log returns between consecutive bars, at the times where every symbol has both. */
export function alignedReturns(
  memory: RiskMemory,
  intervalIndex: number,
  symbols: readonly number[],
  bars: number,
  { posteriorSlot, lastOpenTimeMs }: SeenBars,
): AlignedReturns {
  const { history, plan } = memory.intervals[intervalIndex]!;
  const closes = symbols.map((symbol) => {
    const untilMs = posteriorSlot[symbol]! < 0 ? Infinity : lastOpenTimeMs[symbol]!;
    return new Map(history.read(symbol, bars + 1, untilMs).map((bar) => [bar.openTimeMs, bar.close]));
  });
  const times = [...(closes[0]?.keys() ?? [])].filter((time) =>
    closes.every((one) => one.has(time) && one.has(time - plan.intervalMs)),
  );
  const logReturns = new Float64Array(times.length * symbols.length);
  times.forEach((time, t) => {
    closes.forEach((one, a) => {
      logReturns[t * symbols.length + a] = Math.log(one.get(time)! / one.get(time - plan.intervalMs)!);
    });
  });
  return { openTimeMs: times, logReturns };
}

/** Undefined where there is too little common history. */
export function historicalResults(
  memory: RiskMemory,
  task: ValueTask,
  horizonMs: number,
  { intervalIndex, steps }: ServedHorizon,
  seen: SeenBars,
): RiskResult[] | undefined {
  const { confidences, credibleMass, method } = task;
  const { plan } = memory.intervals[intervalIndex]!;
  const stressed = method === 'stressed';
  const bars = stressed ? plan.historyBars : LOOKBACK_BARS;
  const { openTimeMs, logReturns } = alignedReturns(memory, intervalIndex, task.symbols, bars, seen);
  const exposures = Float64Array.from(task.exposures);
  const past = { length: openTimeMs.length, logReturns, exposures, openTimeMs, intervalMs: plan.intervalMs };
  const gross = exposures.reduce((sum, exposure) => sum + Math.abs(exposure), 0);
  const worst = stressed ? stressedRisk(past, steps, confidences, credibleMass) : undefined;
  const results: RiskResult[] = [];
  for (const [k, confidence] of confidences.entries()) {
    const level = stressed
      ? worst?.levels[k]
      : historyRisk(method as ComparisonMethod, past, steps, confidence, credibleMass);
    if (level === undefined) return undefined;
    results.push({
      confidence,
      horizonMs,
      ...level,
      varRatio: gross > 0 ? level.var.estimate / gross : 0,
      ...(worst === undefined ? {} : { window: worst.window }),
    });
  }
  return results;
}
