import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/domain/market/bar.ts';
import { BarMatrix, createBarMatrix } from '../../../src/memory/bar-matrix.ts';
import fc from '../../support/seeded-check.ts';

const MINUTE = 60_000;

function bar(index: number, close = index, intervalMs = MINUTE): Bar {
  return {
    openTimeMs: index * intervalMs,
    intervalMs,
    open: close,
    high: close + 1,
    low: close - 1,
    close,
    volume: close / 7,
    trades: index,
    realisedVariance: index % 3 === 0 ? Number.NaN : close * 1e-6,
    complete: index % 2 === 0,
  };
}

const ALL = [0, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

describe('the bar matrix', () => {
  it('holds the newest bars of each cell apart, as an array would', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ symbol: fc.nat(2), interval: fc.nat(1), gap: fc.integer({ min: 1, max: 3 }) }), {
          maxLength: 80,
        }),
        (steps) => {
          const intervals = [MINUTE, 5 * MINUTE];
          const matrix = new BarMatrix(createBarMatrix(3, intervals, 8));
          const model = new Map<string, Bar[]>();
          for (const { symbol, interval, gap } of steps) {
            const key = `${symbol}/${interval}`;
            const known = model.get(key) ?? [];
            const intervalMs = intervals[interval] as number;
            const next = bar((known.at(-1)?.openTimeMs ?? 0) / intervalMs + gap, gap, intervalMs);
            model.set(key, [...known, next]);
            expect(matrix.put(symbol, next)).toBe(true);
          }
          for (const [key, bars] of model) {
            const [symbol, interval] = key.split('/').map(Number) as [number, number];
            expect(matrix.read(symbol, intervals[interval] as number, ...ALL)).toEqual(bars.slice(-8));
          }
        },
      ),
    );
  });

  it('replaces a bar that is known, and refuses one in between or before', () => {
    const matrix = new BarMatrix(createBarMatrix(1, [MINUTE], 4));
    for (const index of [2, 4, 6]) matrix.put(0, bar(index));
    expect(matrix.put(0, bar(4, 99))).toBe(true);
    expect(matrix.put(0, bar(3))).toBe(false);
    expect(matrix.put(0, bar(1))).toBe(false);
    expect(matrix.read(0, MINUTE, ...ALL).map(({ close }) => close)).toEqual([2, 99, 6]);
  });

  it('gives the newest of a time range, oldest first', () => {
    const matrix = new BarMatrix(createBarMatrix(1, [MINUTE], 16));
    for (let index = 1; index <= 10; index += 1) matrix.put(0, bar(index));
    const times = matrix
      .read(0, MINUTE, 3 * MINUTE, 8 * MINUTE, 3)
      .map(({ openTimeMs }) => openTimeMs / MINUTE);
    expect(times).toEqual([5, 6, 7]);
  });

  it('takes a whole history at once and keeps its newest part', () => {
    const matrix = new BarMatrix(createBarMatrix(1, [MINUTE], 4));
    matrix.put(0, bar(9));
    matrix.replace(
      0,
      MINUTE,
      [1, 2, 3, 4, 5, 6].map((index) => bar(index)),
    );
    expect(matrix.count(0, MINUTE)).toBe(4);
    matrix.put(0, bar(7));
    expect(matrix.read(0, MINUTE, ...ALL).map(({ close }) => close)).toEqual([4, 5, 6, 7]);
  });

  it('says which cell does not exist', () => {
    const matrix = new BarMatrix(createBarMatrix(1, [MINUTE], 4));
    expect(() => matrix.read(1, MINUTE, ...ALL)).toThrow('no bars of symbol 1');
    expect(() => matrix.read(0, 1234, ...ALL)).toThrow('1234 ms');
  });
});
