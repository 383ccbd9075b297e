/**
 * Coverage of the joint answer where the true law is known: a correlated GARCH market with Student shocks,
 * forecast bar by bar through the shared-memory path, scored on random long-short books.
 */
import { describe, expect, it } from 'vitest';
import { MODEL_IDS } from '../../src/domain/posterior/model-pool.ts';
import { posteriorShape } from '../../src/domain/posterior/state-layout.ts';
import { createRandom } from '../../src/math/random.ts';
import type { RiskPlan } from '../../src/memory/risk-layout.ts';
import { allocateRiskMemory, attachRiskMemory } from '../../src/memory/risk-memory.ts';
import { createBookValuer } from '../../src/worker/book-valuer.ts';
import { createInference } from '../../src/worker/inference.ts';
import { jointEvidence } from '../support/coverage-evidence.ts';
import { syntheticBars } from '../support/synthetic-bars.ts';

const HOUR = 3_600_000;
const SYMBOLS = 4;
const HISTORY = 1100;
const FORECASTS = 500;
const BOOKS = 6;
const LEVELS = [0.95, 0.975, 0.99];

describe('the joint answer on a market of known law', () => {
  it('covers random long-short books at 5, 2.5 and 1 per cent', () => {
    const symbols = Array.from({ length: SYMBOLS }, (_, a) => `S${a}`);
    const options = { intervalMs: HOUR, particles: 128, seed: 9 };
    const plan: RiskPlan = {
      symbols,
      intervals: [
        {
          intervalMs: HOUR,
          historyBars: 2000,
          fitBars: 1100,
          horizonsMs: [HOUR],
          maxSteps: 4,
          refitBars: 250,
        },
      ],
      state: posteriorShape(options),
      seed: 9,
    };
    const memory = attachRiskMemory(allocateRiskMemory(plan));
    const inference = createInference(memory, { particles: 128 });
    const valuer = createBookValuer(memory, { particles: 128 }, MODEL_IDS);
    const bars = syntheticBars({
      seed: 77,
      symbols: SYMBOLS,
      bars: HISTORY + FORECASTS + 1,
      intervalMs: HOUR,
      startMs: 400_000 * HOUR,
      volatility: 0.008,
    });
    const { history } = memory.intervals[0]!;
    const every = symbols.map((_, a) => a);
    for (const a of every) for (const bar of bars[a]!.slice(0, HISTORY)) history.append(a, bar);
    for (const symbolIndex of every) inference.fit({ intervalIndex: 0, symbolIndex, untilMs: Infinity });
    inference.update({ intervalIndex: 0, fitted: every, held: [] });
    const random = createRandom(5);
    const hits = LEVELS.map((): number[][] => []);
    for (let t = HISTORY; t < HISTORY + FORECASTS; t++) {
      for (const level of hits) level.push([]);
      for (let book = 0; book < BOOKS; book++) {
        const exposures = every.map(() => 100 * random.normal());
        const reply = valuer.value({
          symbols: every,
          exposures,
          confidences: LEVELS,
          horizonsMs: [HOUR],
          credibleMass: 0.9,
          contributions: false,
          method: 'bayes',
          seed: 9,
        });
        if (!reply.ok) throw new Error(reply.message);
        let pnl = 0;
        for (const a of every) pnl += exposures[a]! * (bars[a]![t]!.close / bars[a]![t - 1]!.close - 1);
        reply.results.forEach((result, k) => {
          hits[k]!.at(-1)!.push(-pnl > result.var.estimate ? 1 : 0);
        });
      }
      for (const a of every) history.append(a, bars[a]![t]!);
      let due = inference.update({ intervalIndex: 0, fitted: [], held: [] }).refits;
      for (let round = 0; due.length > 0 && round < 8; round++) {
        for (const { symbolIndex, untilMs } of due) inference.fit({ intervalIndex: 0, symbolIndex, untilMs });
        const fitted = due.map(({ symbolIndex }) => symbolIndex);
        due = inference.update({ intervalIndex: 0, fitted, held: [] }).refits;
      }
    }
    LEVELS.forEach((level, k) => {
      const { share, trials, pValue } = jointEvidence(hits[k]!, 1 - level, new Set([0]));
      const all = BOOKS * FORECASTS;
      console.log(
        `${level}: ${(100 * share).toFixed(2)} % of ${all} beyond, worth ${trials} trials, p ${pValue.toFixed(3)}`,
      );
      expect(trials).toBeGreaterThan(0.1 * all);
      expect(pValue).toBeGreaterThan(0.01 / LEVELS.length);
    });
  });
});
