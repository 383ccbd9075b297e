/** Readings that take longer than an epoch lives: they answer all the same, whole, from one epoch. */
import { beforeAll, describe, expect, it } from 'vitest';
import { posteriorShape } from '#domain/posterior/state-layout.ts';
import type { Publication } from '#memory/publication.ts';
import type { RiskPlan } from '#memory/risk-layout.ts';
import { allocateRiskMemory, attachRiskMemory, type RiskMemory } from '#memory/risk-memory.ts';
import { createBookValuer } from '#worker/book-valuer.ts';
import { createInference, type Inference } from '#worker/inference.ts';
import type { ValueTask } from '#worker/protocol.ts';
import { syntheticBars } from '../../support/synthetic-bars.ts';

const MINUTE = 60_000;
const MODELS = ['gjr', 'asymmetric-ewma'];
const POSTERIOR = { particles: 64, models: MODELS };
const HISTORY = 200;

const bars = syntheticBars({
  seed: 3,
  symbols: 2,
  bars: HISTORY + 40,
  intervalMs: MINUTE,
  startMs: 30_000_000 * MINUTE,
});
const task: ValueTask = {
  symbols: [0, 1],
  exposures: [100, -40],
  confidences: [0.95, 0.99],
  horizonsMs: [MINUTE, 5 * MINUTE],
  credibleMass: 0.9,
  contributions: true,
  method: 'bayes',
  seed: 1,
};

let memory: RiskMemory;
let inference: Inference;
let next = HISTORY;

beforeAll(() => {
  const plan: RiskPlan = {
    symbols: ['A', 'B'],
    intervals: [
      {
        intervalMs: MINUTE,
        historyBars: 300,
        fitBars: HISTORY,
        horizonsMs: [MINUTE],
        maxSteps: 30,
        refitBars: 10_000,
      },
    ],
    state: posteriorShape({ intervalMs: MINUTE, seed: 1, ...POSTERIOR }),
    seed: 1,
  };
  memory = attachRiskMemory(allocateRiskMemory(plan));
  inference = createInference(memory, POSTERIOR);
  for (const symbol of [0, 1])
    for (const bar of bars[symbol]!.slice(0, HISTORY)) memory.intervals[0]!.history.append(symbol, bar);
  for (const symbolIndex of [0, 1]) inference.fit({ intervalIndex: 0, symbolIndex, untilMs: Infinity });
  inference.update({ intervalIndex: 0, fitted: [0, 1], held: [] });
  closeBar();
});

function closeBar(): void {
  for (const symbol of [0, 1]) memory.intervals[0]!.history.append(symbol, bars[symbol]![next]!);
  next++;
  inference.update({ intervalIndex: 0, fitted: [], held: [] });
}

/** The same memory through a publication that hears of every call. */
function watched(heard: (call: 'intact' | 'copy', publication: Publication) => void): RiskMemory {
  const [interval] = memory.intervals;
  const { publication } = interval!;
  return {
    ...memory,
    intervals: [
      {
        ...interval!,
        publication: {
          ...publication,
          intact(epoch) {
            heard('intact', publication);
            return publication.intact(epoch);
          },
          copy(epoch) {
            heard('copy', publication);
            return publication.copy(epoch);
          },
        },
      },
    ],
  };
}

describe('a reading that epochs overtake', () => {
  it('answers from a copy of one epoch, to the bit what a quiet reading of that epoch says', () => {
    let quiet: unknown;
    // Two bars close before every question whether the reading is intact: none in place ever is.
    const valuer = createBookValuer(
      watched((call) => {
        if (call === 'intact') {
          closeBar();
          closeBar();
        } else {
          const reply = createBookValuer(memory, POSTERIOR, MODELS).value(task);
          quiet = reply.ok ? { results: reply.results, stamp: reply.stamp } : reply;
        }
      }),
      POSTERIOR,
      MODELS,
    );
    const reply = valuer.value(task);
    if (!reply.ok) throw new Error(reply.message);
    expect(reply.laps).toBe(1);
    expect({ results: reply.results, stamp: reply.stamp }).toEqual(quiet);
  });

  it('copies again where a bar closes during the copy, and never mixes two epochs', () => {
    let spoilt = 0;
    const valuer = createBookValuer(
      watched((call) => {
        if (call === 'intact' || spoilt < 3) closeBar();
        if (call === 'intact') closeBar();
        else spoilt++;
      }),
      POSTERIOR,
      MODELS,
    );
    const reply = valuer.value(task);
    if (!reply.ok) throw new Error(reply.message);
    expect(reply.laps).toBeGreaterThan(3);
    const again = createBookValuer(memory, POSTERIOR, MODELS).value(task);
    expect(again).toMatchObject({ ok: true, results: reply.results, stamp: reply.stamp });
  });
});
