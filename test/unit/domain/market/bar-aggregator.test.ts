import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../../src/domain/market/bar.ts';
import { BarAggregator } from '../../../../src/domain/market/bar-aggregator.ts';
import fc from '../../../support/seeded-check.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const START = 1_723_161_600_000;

function minute(index: number, fields: Partial<Bar> = {}): Bar {
  return {
    openTimeMs: START + index * MINUTE,
    intervalMs: MINUTE,
    open: 100,
    high: 100,
    low: 100,
    close: 100,
    volume: 1,
    trades: 1,
    realisedVariance: 1e-6,
    complete: true,
    ...fields,
  };
}

function aggregate(intervalMs: number, base: readonly Bar[]): Bar[] {
  const bars: Bar[] = [];
  const aggregator = new BarAggregator(MINUTE, intervalMs, (bar) => bars.push(bar));
  for (const bar of base) aggregator.add(bar);
  return bars;
}

const minutes = fc.array(
  fc.record({
    close: fc.integer({ min: 50, max: 150 }),
    spread: fc.integer({ min: 0, max: 5 }),
    rv: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 1, maxLength: 200 },
);

describe('long bars', () => {
  it('equal what their base bars say, taken together', () => {
    fc.assert(
      fc.property(minutes, fc.integer({ min: 0, max: 70 }), (rows, first) => {
        const base = rows.map(({ close, spread, rv }, index) =>
          minute(first + index, {
            open: close,
            close,
            high: close + spread,
            low: close - spread,
            realisedVariance: rv * 1e-6,
          }),
        );
        const groups = Map.groupBy(base, ({ openTimeMs }) => Math.floor(openTimeMs / HOUR) * HOUR);
        const whole = [...groups].filter(([open]) => (base.at(-1)?.openTimeMs ?? 0) >= open + HOUR - MINUTE);
        const bars = aggregate(HOUR, base);
        expect(bars.map(({ openTimeMs }) => openTimeMs)).toEqual(whole.map(([open]) => open));
        for (const [index, [, inside]] of whole.entries()) {
          const bar = bars[index] as Bar;
          expect(bar).toMatchObject({
            open: inside[0]?.open,
            close: inside.at(-1)?.close,
            high: Math.max(...inside.map(({ high }) => high)),
            low: Math.min(...inside.map(({ low }) => low)),
            volume: inside.length,
            trades: inside.length,
            complete: inside.length === 60,
          });
          expect(bar.realisedVariance).toBeCloseTo(
            inside.reduce((sum, { realisedVariance }) => sum + realisedVariance, 0),
            14,
          );
        }
      }),
      { numRuns: 100 },
    );
  });

  it('count the squared return of a base bar that came without ticks', () => {
    const base = [100, 101, 102, 103, 104].map((close, index) =>
      minute(index, { close, realisedVariance: Number.NaN }),
    );
    const expected = [100, 101, 102, 103].reduce((sum, price) => sum + Math.log((price + 1) / price) ** 2, 0);
    expect(aggregate(300_000, base)[0]?.realisedVariance).toBeCloseTo(expected, 14);
  });

  it('are incomplete where a base bar is missing or incomplete', () => {
    const holed = [0, 1, 3, 4].map((index) => minute(index));
    expect(aggregate(300_000, holed)).toMatchObject([{ complete: false }]);
    const lost = [0, 1, 2, 3, 4].map((index) => minute(index, { complete: index !== 2 }));
    expect(aggregate(300_000, lost)).toMatchObject([{ complete: false }]);
  });

  it('close late where the last base bar never came, and as incomplete', () => {
    expect(
      aggregate(
        300_000,
        [0, 1, 2, 5].map((index) => minute(index)),
      ),
    ).toMatchObject([{ openTimeMs: START, complete: false }]);
  });

  it('take each base bar once, so that history and live bars may overlap', () => {
    const bars = aggregate(
      300_000,
      [0, 1, 2, 1, 2, 3, 4].map((index) => minute(index)),
    );
    expect(bars).toMatchObject([{ trades: 5, complete: true }]);
  });

  it('refuse an interval that base bars do not fill', () => {
    expect(() => new BarAggregator(MINUTE, 90_000, () => undefined)).toThrow(RangeError);
  });
});
