/**
 * Hour-by-hour joint forecasts of real symbols by the shared-memory path of the running service: fits with a
 * rehearsal, updates, published epochs, book valuation. Each stretch starts from nothing.
 * Units: simple returns; exposures in one currency; times epoch ms.
 */
import type { RiskResult } from '#domain/measure/risk-answer.ts';
import { MODEL_IDS } from '#domain/posterior/model-pool.ts';
import { posteriorShape } from '#domain/posterior/state-layout.ts';
import type { RiskPlan } from '#memory/risk-layout.ts';
import { allocateRiskMemory, attachRiskMemory, type RiskMemory } from '#memory/risk-memory.ts';
import { createBookValuer } from '#worker/book-valuer.ts';
import { createInference } from '#worker/inference.ts';

const HOUR = 3_600_000;

export interface ClosePanel {
  readonly symbols: readonly string[];
  readonly openTimeMs: readonly number[];
  /** Closes at [symbol][hour]; every symbol has every hour. */
  readonly close: readonly (readonly number[])[];
}

export interface JointWalkOptions {
  readonly historyBars: number;
  readonly particles: number;
  readonly seed: number;
  readonly confidences: readonly number[];
}

export interface JointHour {
  readonly hour: number;
  readonly memory: RiskMemory;
  /** Simple return of every symbol over the hour that was forecast. */
  readonly returns: readonly number[];
  readonly value: (exposures: readonly number[], contributions: boolean) => readonly RiskResult[];
}

/** Forecasts the hours [from, from + hours) and shows each with its outcome. */
export function walkJointly(
  panel: ClosePanel,
  from: number,
  hours: number,
  options: JointWalkOptions,
  visit: (at: JointHour) => void,
): void {
  const { historyBars, particles, seed, confidences } = options;
  const { symbols, close, openTimeMs } = panel;
  const plan: RiskPlan = {
    symbols,
    intervals: [
      {
        intervalMs: HOUR,
        historyBars: historyBars + 512,
        fitBars: historyBars,
        horizonsMs: [HOUR],
        maxSteps: 4,
        refitBars: 250,
      },
    ],
    state: posteriorShape({ intervalMs: HOUR, particles, seed }),
    seed,
  };
  const memory = attachRiskMemory(allocateRiskMemory(plan));
  const inference = createInference(memory, { particles });
  const valuer = createBookValuer(memory, { particles }, MODEL_IDS);
  const { history } = memory.intervals[0]!;
  const every = symbols.map((_, a) => a);
  const append = (t: number): void => {
    for (const a of every) {
      const price = close[a]![t]!;
      history.append(a, {
        openTimeMs: openTimeMs[t]!,
        intervalMs: HOUR,
        open: close[a]![t - 1]!,
        high: price,
        low: price,
        close: price,
        volume: Number.NaN,
        trades: Number.NaN,
        realisedVariance: Number.NaN,
        complete: true,
      });
    }
  };
  for (let t = from - historyBars; t < from; t++) append(t);
  for (const symbolIndex of every) inference.fit({ intervalIndex: 0, symbolIndex, untilMs: Infinity });
  inference.update({ intervalIndex: 0, fitted: every, held: [] });
  for (let hour = from; hour < from + hours; hour++) {
    visit({
      hour,
      memory,
      returns: every.map((a) => close[a]![hour]! / close[a]![hour - 1]! - 1),
      value(exposures, contributions) {
        const kept = every.filter((a) => exposures[a] !== 0);
        const reply = valuer.value({
          symbols: kept,
          exposures: kept.map((a) => exposures[a]!),
          confidences,
          horizonsMs: [HOUR],
          credibleMass: 0.9,
          contributions,
          method: 'bayes',
          seed,
        });
        if (!reply.ok) throw new Error(reply.message);
        return reply.results;
      },
    });
    append(hour);
    let due = inference.update({ intervalIndex: 0, fitted: [], held: [] }).refits;
    for (let round = 0; due.length > 0 && round < 8; round++) {
      for (const { symbolIndex, untilMs } of due) inference.fit({ intervalIndex: 0, symbolIndex, untilMs });
      const fitted = due.map(({ symbolIndex }) => symbolIndex);
      due = inference.update({ intervalIndex: 0, fitted, held: [] }).refits;
    }
  }
}
