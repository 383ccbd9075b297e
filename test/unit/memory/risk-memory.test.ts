import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/domain/market/bar.ts';
import { attachBarHistory, barHistoryBytes } from '../../../src/memory/bar-history.ts';
import { type RiskPlan, serveHorizon } from '../../../src/memory/risk-layout.ts';
import { allocateRiskMemory, attachRiskMemory } from '../../../src/memory/risk-memory.ts';
import { attachScoreHistory, SCORE_ROWS, scoreHistoryBytes } from '../../../src/memory/score-history.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function plan(): RiskPlan {
  const interval = { historyBars: 20, fitBars: 10, maxSteps: 30, refitBars: 5 };
  return {
    symbols: ['A', 'B'],
    intervals: [
      { ...interval, intervalMs: 5 * MINUTE, horizonsMs: [5 * MINUTE] },
      { ...interval, intervalMs: HOUR, horizonsMs: [HOUR, 4 * HOUR] },
      { ...interval, intervalMs: DAY, horizonsMs: [DAY] },
    ],
    state: { moving: 16, constants: 48 },
    seed: 1,
  };
}

function bar(openTimeMs: number, close: number): Bar {
  return {
    openTimeMs,
    intervalMs: HOUR,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
    trades: 1,
    realisedVariance: Number.NaN,
    complete: true,
  };
}

describe('the risk memory', () => {
  it('serves a horizon from the longest interval that is not longer, in whole steps rounded up', () => {
    const ladder = plan();
    expect(serveHorizon(ladder, 5 * MINUTE)).toEqual({ intervalIndex: 0, steps: 1 });
    expect(serveHorizon(ladder, 31 * MINUTE)).toEqual({ intervalIndex: 0, steps: 7 });
    expect(serveHorizon(ladder, HOUR)).toEqual({ intervalIndex: 1, steps: 1 });
    expect(serveHorizon(ladder, 90 * MINUTE)).toEqual({ intervalIndex: 1, steps: 2 });
    expect(serveHorizon(ladder, DAY)).toEqual({ intervalIndex: 2, steps: 1 });
    expect(serveHorizon(ladder, 10 * DAY)).toEqual({ intervalIndex: 2, steps: 10 });
    expect(serveHorizon(ladder, 31 * DAY)).toBeUndefined();
    expect(serveHorizon(ladder, MINUTE)).toBeUndefined();
  });

  it('is refused by a thread that holds another plan, or buffers of another size', () => {
    const buffers = allocateRiskMemory(plan());
    expect(() => attachRiskMemory(buffers)).not.toThrow();
    expect(() => attachRiskMemory({ ...buffers, plan: { ...plan(), symbols: ['A'] } })).toThrow(
      /another plan/,
    );
    expect(() => attachRiskMemory({ ...buffers, header: new SharedArrayBuffer(16) })).toThrow(
      /not a risk memory/,
    );
    const [first, ...rest] = buffers.intervals;
    const wrong = { ...first!, slab: new SharedArrayBuffer(8) };
    expect(() => attachRiskMemory({ ...buffers, intervals: [wrong, ...rest] })).toThrow(/posterior slab/);
  });

  it('shows a reader one epoch whole while the next is written, and tells when it may have been overwritten', () => {
    const buffers = allocateRiskMemory(plan());
    const writer = attachRiskMemory(buffers).intervals[1]!.publication;
    const reader = attachRiskMemory(buffers).intervals[1]!.publication;
    expect(reader.epoch()).toBe(0);
    const first = writer.begin();
    writer.slot(first).lastOpenTimeMs[0] = 7;
    expect(reader.epoch()).toBe(0);
    writer.commit(first);
    const seen = reader.epoch();
    expect(seen).toBe(first);
    const second = writer.begin();
    writer.slot(second).lastOpenTimeMs[0] = 8;
    expect(reader.slot(seen).lastOpenTimeMs[0]).toBe(7);
    expect(reader.intact(seen)).toBe(true);
    writer.commit(second);
    expect(reader.intact(seen)).toBe(true);
    writer.begin();
    expect(reader.intact(seen)).toBe(false);
    expect(reader.intact(reader.epoch())).toBe(true);
  });

  it('a writer that dies before it commits leaves the epoch that was published', () => {
    const buffers = allocateRiskMemory(plan());
    const writer = attachRiskMemory(buffers).intervals[0]!.publication;
    const first = writer.begin();
    writer.slot(first).posteriorSlot[1] = 1;
    writer.commit(first);
    const abandoned = writer.begin();
    writer.slot(abandoned).posteriorSlot[1] = -1;
    const heir = attachRiskMemory(buffers).intervals[0]!.publication;
    expect(heir.slot(heir.epoch()).posteriorSlot[1]).toBe(1);
    expect(heir.begin()).toBe(abandoned);
    expect(heir.intact(first)).toBe(true);
  });

  it('keeps the newest bars of each symbol, and nothing of another', () => {
    const buffer = new SharedArrayBuffer(barHistoryBytes(2, 8));
    const history = attachBarHistory(buffer, 2, 8, HOUR);
    expect(history.lastOpenTimeMs(0)).toBe(-Infinity);
    for (let t = 0; t < 30; t++) history.append(0, bar(t * HOUR, 100 + t));
    history.append(1, bar(0, 5));
    expect(history.written(0)).toBe(30);
    expect(history.lastOpenTimeMs(0)).toBe(29 * HOUR);
    expect(history.read(0, 100).map((one) => one.close)).toEqual([123, 124, 125, 126, 127, 128, 129]);
    expect(history.read(0, 2, 27 * HOUR).map((one) => one.close)).toEqual([126, 127]);
    expect(history.read(1, 5)).toEqual([bar(0, 5)]);
    history.clear(1);
    expect(history.read(1, 5)).toEqual([]);
  });

  it('keeps scores at their bar times, late ones too, and NaN where there is none', () => {
    const scores = attachScoreHistory(new SharedArrayBuffer(scoreHistoryBytes(2)), 2, HOUR);
    const start = 1000 * HOUR;
    scores.write(0, start, 0.1);
    scores.write(0, start + 2 * HOUR, 0.3);
    scores.write(1, start + 2 * HOUR, -0.3);
    scores.write(1, start, -0.1);
    scores.write(0, start + HOUR, Number.NaN);
    const out = new Float64Array(2 * SCORE_ROWS);
    expect(scores.read(start + 2 * HOUR, out)).toBe(3);
    expect(Array.from(out.subarray(0, 6))).toEqual([0.1, -0.1, NaN, NaN, 0.3, -0.3]);
    scores.write(0, start + SCORE_ROWS * HOUR, 0.9);
    expect(scores.read(start + SCORE_ROWS * HOUR, out)).toBeGreaterThan(500);
    expect(out[0]).toBe(0.3);
  });
});
