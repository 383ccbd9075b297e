import { describe, expect, it } from 'vitest';
import type { Bar } from '#domain/market/bar.ts';
import { observationsFromBars } from '#domain/posterior/observations-from-bars.ts';

const MINUTE = 60_000;
const bar = (slot: number, close: number, more: Partial<Bar> = {}): Bar => ({
  openTimeMs: slot * MINUTE,
  intervalMs: MINUTE,
  open: close,
  high: close,
  low: close,
  close,
  volume: 1,
  trades: 5,
  realisedVariance: Number.NaN,
  complete: true,
  ...more,
});

describe('observations from bars', () => {
  it('closes alone give returns and no realised variance', () => {
    const series = observationsFromBars([bar(0, 100), bar(1, 101)]);
    expect(series.length).toBe(1);
    expect(series.logReturn[0]).toBeCloseTo(Math.log(1.01), 14);
    expect(series.realisedVariance[0]).toBeNaN();
  });

  it('ticks are preferred to the range where the bar is complete, and the jump at the open is added', () => {
    const range = { open: 102, high: 103, low: 101 };
    const jump = Math.log(1.02) ** 2;
    const ticks = bar(1, 102.5, { ...range, realisedVariance: 4e-4 });
    expect(observationsFromBars([bar(0, 100), ticks]).realisedVariance[0]).toBeCloseTo(4e-4 + jump, 12);
    const garmanKlass =
      0.5 * Math.log(103 / 101) ** 2 - (2 * Math.LN2 - 1) * Math.log(102.5 / 102) ** 2 + jump;
    for (const other of [
      { ...ticks, complete: false },
      { ...ticks, realisedVariance: Number.NaN },
    ])
      expect(observationsFromBars([bar(0, 100), other]).realisedVariance[0]).toBeCloseTo(garmanKlass, 12);
  });

  it('a gap and bars without trades make one return that spans them', () => {
    const bars = [bar(0, 100), bar(1, 100, { trades: 0, volume: 0 }), bar(4, 104), bar(5, 105)];
    const series = observationsFromBars(bars);
    expect(Array.from(series.elapsedBars)).toEqual([4, 1]);
    expect(series.logReturn[0]).toBeCloseTo(Math.log(1.04), 14);
  });

  it('bars out of order are a broken contract', () => {
    expect(() => observationsFromBars([bar(3, 100), bar(2, 101)])).toThrow(RangeError);
  });
});
