import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../../src/domain/market/bar.ts';
import { observationsFromBars } from '../../../../src/domain/market/returns.ts';

function bar(index: number, close: number, fields: Partial<Bar> = {}): Bar {
  return {
    openTimeMs: index * 60_000,
    intervalMs: 60_000,
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
    trades: 1,
    realisedVariance: 4e-6,
    complete: true,
    ...fields,
  };
}

describe('observations from bars', () => {
  it('a bar without trades is no zero return: the next trade gives one return over the whole silence', () => {
    const observations = observationsFromBars([
      bar(0, 100),
      bar(1, 100, { trades: 0 }),
      bar(2, 100, { trades: 0 }),
      bar(3, 110),
    ]);
    expect(observations).toHaveLength(1);
    expect(observations[0]).toMatchObject({ openTimeMs: 180_000, logReturn: Math.log(1.1), elapsedBars: 3 });
    expect(observations[0]?.realisedVariance).toBeNaN();
  });

  it('a missing bar is a longer step, not a hidden one', () => {
    expect(
      observationsFromBars([bar(0, 100), bar(1, 101), bar(4, 102)]).map(({ elapsedBars }) => elapsedBars),
    ).toEqual([1, 3]);
  });

  it('realised variance is kept for complete consecutive bars only', () => {
    const [whole, torn] = observationsFromBars([bar(0, 100), bar(1, 101), bar(2, 102, { complete: false })]);
    expect(whole?.realisedVariance).toBe(4e-6);
    expect(torn?.realisedVariance).toBeNaN();
  });
});
