import { expect, it } from 'vitest';
import type { Bar } from '../../../src/domain/market/bar.ts';
import { readBars, writeBars } from '../../../src/engine/lineage-record.ts';
import { syntheticBars } from '../../support/synthetic-bars.ts';

it('bars come back as they were written, to the last bit, an unknown realised variance included', () => {
  const [made] = syntheticBars({
    seed: 3,
    symbols: 1,
    bars: 50,
    intervalMs: 60_000,
    startMs: 1_700_000_000_000 - (1_700_000_000_000 % 60_000),
    volatility: 0.01,
  });
  const bars: Bar[] = made!.map((bar, at) =>
    at % 3 === 0 ? { ...bar, realisedVariance: Number.NaN } : { ...bar, realisedVariance: bar.close * 1e-9 },
  );
  expect(readBars(writeBars(bars))).toEqual(bars);
});
