import { describe, expect, it } from 'vitest';
import {
  type BarNode,
  DAY_MS,
  HOUR_MS,
  leastAggregates,
  MINUTE_MS,
  STEPS_PER_TRADE,
} from '#exchange/market/bar-node.ts';
import { splitBar } from '#exchange/market/bar-split.ts';
import { printLeaf } from '#exchange/market/tape.ts';
import fc from '../../support/seeded-check.ts';

const START_MS = Date.UTC(2026, 0, 5);

const parents = fc
  .record({
    seed: fc.integer({ min: 0, max: 1e6 }),
    intervalMs: fc.constantFrom(DAY_MS, 4 * HOUR_MS, HOUR_MS, 15 * MINUTE_MS, 5 * MINUTE_MS),
    open: fc.integer({ min: 1000, max: 1e7 }),
    move: fc.integer({ min: -900, max: 900 }),
    up: fc.integer({ min: 0, max: 500 }),
    down: fc.integer({ min: 0, max: 99 }),
    extra: fc.integer({ min: 0, max: 5000 }),
    lean: fc.double({ min: 0.42, max: 0.58, noNaN: true }),
    diffusion: fc.integer({ min: 1, max: 400 }),
    jump: fc.integer({ min: -800, max: 800 }),
  })
  .map((r) => {
    const aggregates = leastAggregates(r.intervalMs) + r.extra;
    const trades = aggregates + Math.floor(r.extra / 2);
    const volume = trades * (STEPS_PER_TRADE + 37);
    const close = r.open + r.move;
    const bar: BarNode = {
      openMs: START_MS,
      intervalMs: r.intervalMs,
      open: r.open,
      close,
      high: Math.max(r.open, close) + r.up,
      low: Math.max(1, Math.min(r.open, close) - r.down),
      volume,
      takerBuy: Math.round(volume * r.lean),
      trades,
      aggregates,
      firstTradeId: 1000,
      firstAggregateId: 500,
      diffusion: r.diffusion,
      jump: r.jump,
    };
    return { seed: r.seed, bar };
  });

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

describe('splitting a bar', () => {
  it('gives children that nest and sum exactly into their parent', () => {
    fc.assert(
      fc.property(parents, ({ seed, bar }) => {
        const children = splitBar(seed, 77, bar);
        expect(children[0]!.open).toBe(bar.open);
        expect(children.at(-1)!.close).toBe(bar.close);
        expect(Math.max(...children.map((c) => c.high))).toBe(bar.high);
        expect(Math.min(...children.map((c) => c.low))).toBe(bar.low);
        for (const key of ['volume', 'takerBuy', 'trades', 'aggregates'] as const)
          expect(sum(children.map((c) => c[key]))).toBe(bar[key]);
        let tradeId = bar.firstTradeId;
        for (const [i, child] of children.entries()) {
          if (i > 0) expect(child.open).toBe(children[i - 1]!.close);
          expect(child.low).toBeLessThanOrEqual(Math.min(child.open, child.close));
          expect(child.high).toBeGreaterThanOrEqual(Math.max(child.open, child.close));
          expect(child.aggregates).toBeGreaterThanOrEqual(leastAggregates(child.intervalMs));
          expect(child.trades).toBeGreaterThanOrEqual(child.aggregates);
          expect(child.volume).toBeGreaterThanOrEqual(STEPS_PER_TRADE * child.trades);
          expect(child.firstTradeId).toBe(tradeId);
          tradeId += child.trades;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('depends on seed and bar alone', () => {
    fc.assert(
      fc.property(parents, ({ seed, bar }) => {
        expect(splitBar(seed, 77, bar)).toEqual(splitBar(seed, 77, { ...bar }));
      }),
      { numRuns: 20 },
    );
  });
});

describe('printing a leaf', () => {
  it('gives prints whose open, high, low, close, volume, sides and counts are the bar', () => {
    fc.assert(
      fc.property(parents, ({ seed, bar }) => {
        const minute: BarNode = { ...bar, intervalMs: MINUTE_MS };
        const tape = printLeaf(seed, 77, minute);
        expect(tape.price[0]).toBe(minute.open);
        expect(tape.price.at(-1)).toBe(minute.close);
        expect(Math.max(...tape.price)).toBe(minute.high);
        expect(Math.min(...tape.price)).toBe(minute.low);
        expect(tape.fillQuantity.length).toBe(minute.trades);
        expect(Math.min(...tape.fillQuantity)).toBeGreaterThanOrEqual(1);
        expect(sum(tape.fillQuantity)).toBe(minute.volume);
        let bought = 0;
        for (let k = 0; k < tape.price.length; k++)
          for (let i = tape.fillStart[k]!; i < tape.fillStart[k + 1]!; i++)
            if (tape.buyerIsMaker[k] === 0) bought += tape.fillQuantity[i]!;
        expect(bought).toBe(minute.takerBuy);
        expect(tape.timeUs).toEqual(tape.timeUs.toSorted());
        expect(tape.timeUs[0]!).toBeGreaterThanOrEqual(minute.openMs * 1000);
        expect(tape.timeUs.at(-1)!).toBeLessThan((minute.openMs + MINUTE_MS) * 1000);
      }),
      { numRuns: 100 },
    );
  });
});
