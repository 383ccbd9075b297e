import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../../src/domain/market/bar.ts';
import { BarBuilder } from '../../../../src/domain/market/bar-builder.ts';
import { type PlainTrade, slowBars } from '../../../reference/slow-bars.ts';
import fc from '../../../support/seeded-check.ts';

const MINUTE_US = 60_000_000;
const START_US = 1_723_161_240_000_000;

function builder(varianceStep = 5) {
  const bars: Bar[] = [];
  const built = new BarBuilder({ intervalMs: 60_000, varianceStep, emit: (bar) => bars.push(bar) });
  const at = (seconds: number) => START_US + seconds * 1_000_000;
  return { bars, built, at };
}

const tradesArbitrary = fc
  .array(
    fc.record({
      price: fc.integer({ min: 1, max: 400 }).map((ticks) => 100 + ticks / 8),
      quantity: fc.integer({ min: 1, max: 64 }).map((lots) => lots / 16),
      fills: fc.integer({ min: 1, max: 5 }),
      stepUs: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 1, max: 3_000_000 }),
        fc.integer({ min: 1, max: 200_000_000 }),
      ),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((steps) => {
    let timeUs = START_US;
    return steps.map(({ stepUs, ...rest }): PlainTrade => {
      timeUs += stepUs;
      return { ...rest, timeUs };
    });
  });

describe('bars from trades', () => {
  it('equal those of the slow twin, whatever the trades', () => {
    fc.assert(
      fc.property(tradesArbitrary, fc.integer({ min: 1, max: 15 }), (trades, step) => {
        const { bars, built } = builder(step);
        for (const { price, quantity, fills, timeUs } of trades) built.trade(price, quantity, fills, timeUs);
        const lastUs = trades.at(-1)?.timeUs as number;
        built.closeUntil(lastUs + MINUTE_US);
        const expected = slowBars(trades, 60_000, step);
        expect(bars).toHaveLength(expected.length);
        for (const [index, bar] of bars.entries()) {
          const { realisedVariance, ...exact } = expected[index] as Bar;
          expect(bar).toMatchObject(exact);
          expect(bar.realisedVariance).toBeCloseTo(realisedVariance, 14);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('a trade on the very edge belongs to the next bar', () => {
    const { bars, built, at } = builder();
    built.trade(100, 1, 1, at(0));
    built.trade(101, 1, 1, at(60));
    expect(bars).toHaveLength(1);
    expect(bars[0]).toMatchObject({ close: 100, trades: 1 });
    expect(built.openBarTrades).toBe(1);
  });

  it('a bar without trades carries the last close and no volume', () => {
    const { bars, built, at } = builder();
    built.trade(100, 1, 1, at(10));
    built.trade(105, 1, 1, at(20));
    built.trade(106, 1, 1, at(190));
    expect(bars.map(({ close, trades, volume }) => [close, trades, volume])).toEqual([
      [105, 2, 2],
      [105, 0, 0],
      [105, 0, 0],
    ]);
    expect(bars[1]).toMatchObject({ open: 105, high: 105, low: 105, realisedVariance: 0, complete: true });
  });

  it('nothing closes before its end is proven', () => {
    const { bars, built, at } = builder();
    built.trade(100, 1, 1, at(10));
    built.closeUntil(at(59.999999));
    expect(bars).toHaveLength(0);
    built.closeUntil(at(60));
    expect(bars).toHaveLength(1);
  });

  it('the first bar is incomplete, for what came before its first trade is unknown', () => {
    const { bars, built, at } = builder();
    built.trade(100, 1, 1, at(30));
    built.trade(100, 1, 1, at(90));
    built.trade(100, 1, 1, at(150));
    expect(bars.map(({ complete }) => complete)).toEqual([false, true]);
  });

  it('a lost window marks every bar that it touches and no other', () => {
    const { bars, built, at } = builder();
    for (const second of [0, 70, 100]) built.trade(100, 1, 1, at(second));
    built.lost(at(100), at(250));
    for (const second of [250, 310, 370]) built.trade(100, 1, 1, at(second));
    expect(bars.map(({ complete }) => complete)).toEqual([false, false, false, false, false, true]);
  });

  it('a trade older than the open bar is taken in and makes it incomplete', () => {
    const { bars, built, at } = builder();
    for (const second of [0, 70, 50, 130]) built.trade(100, 1, 1, at(second));
    expect(built.lateTrades).toBe(1);
    expect(bars[1]).toMatchObject({ trades: 2, complete: false });
  });

  it('a jump of years is a new beginning, not a million empty bars', () => {
    const { bars, built, at } = builder();
    built.trade(100, 1, 1, at(0));
    built.trade(200, 1, 1, at(3e8));
    expect(bars).toHaveLength(1);
    built.closeUntil(at(3e8 + 60));
    expect(bars[1]).toMatchObject({ open: 200, complete: false, realisedVariance: 0 });
  });
});

describe('realised variance', () => {
  it('comes from mids once quotes were there for a whole bar, so bounce between bid and ask is no variance', () => {
    const { bars, built, at } = builder(1);
    for (let second = 0; second < 180; second += 1) {
      built.trade(second % 2 === 0 ? 100.1 : 99.9, 1, 1, at(second));
      built.quote(100, at(second));
    }
    built.closeUntil(at(180));
    expect(bars[0]?.realisedVariance).toBeGreaterThan(1e-4);
    expect(bars.slice(1).map(({ realisedVariance }) => realisedVariance)).toEqual([0, 0]);
  });

  it('falls back to trades for a bar in which quotes may have been missed', () => {
    const { bars, built, at } = builder(1);
    for (let second = 0; second < 240; second += 1) {
      if (second === 90) built.breakQuotes();
      built.trade(second % 2 === 0 ? 100.1 : 99.9, 1, 1, at(second));
      built.quote(100, at(second));
    }
    built.closeUntil(at(240));
    expect(bars.map(({ realisedVariance }) => realisedVariance > 0)).toEqual([true, true, false, false]);
  });

  it('quotes after the end of a bar that still waits count for the next one', () => {
    const { bars, built, at } = builder(1);
    built.trade(100, 1, 1, at(0));
    built.quote(100, at(1));
    built.closeUntil(at(60));
    built.quote(100, at(61));
    built.quote(110, at(121.5));
    built.closeUntil(at(120));
    built.closeUntil(at(180));
    expect(bars[1]?.realisedVariance).toBe(0);
    expect(bars[2]?.realisedVariance).toBeCloseTo(Math.log(1.1) ** 2, 12);
  });

  it('counts the jump between two bars in full, in the bar that opens with it', () => {
    const { bars, built, at } = builder(5);
    built.trade(100, 1, 1, at(0));
    built.trade(110, 1, 1, at(60));
    built.closeUntil(at(120));
    expect(bars[1]?.realisedVariance).toBeCloseTo(Math.log(1.1) ** 2, 12);
  });
});
