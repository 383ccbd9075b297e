/** A small valuation cycle on synthetic bars: few particles, two models, two intervals. */
import type { Bar } from '../../src/domain/market/bar.ts';
import type { Quality } from '../../src/domain/measure/risk-answer.ts';
import type { RiskQuery } from '../../src/domain/measure/risk-query.ts';
import { MODEL_IDS } from '../../src/domain/posterior/model-pool.ts';
import {
  createValuationCycle,
  type ValuationCycle,
  type ValuationCycleOptions,
  type ValuationInputs,
} from '../../src/engine/valuation-cycle.ts';
import { syntheticBars } from './synthetic-bars.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const SYMBOLS = ['AAAUSDT', 'BBBUSDT', 'CCCUSDT'] as const;
export const HISTORY = 320;

export interface SmallMarket {
  readonly cycle: ValuationCycle;
  /** Bars by interval, symbol and time; HISTORY of them are history, the rest are to come. */
  readonly bars: ReadonlyMap<number, readonly (readonly Bar[])[]>;
  readonly inputs: ValuationInputs;
}

const quality: Quality = { status: 'fresh', maxAgeMs: 10, gaps: [], excluded: [], reasons: [] };

/** `loaded` bars of history per symbol and interval are put in at once. */
export function smallMarket(options: Partial<ValuationCycleOptions> = {}, loaded = HISTORY): SmallMarket {
  const cycle = createValuationCycle({
    symbols: SYMBOLS,
    intervalsMs: [HOUR, DAY],
    horizonsMs: [HOUR, 4 * HOUR, DAY],
    particles: 64,
    models: MODEL_IDS.slice(0, 2),
    seed: 42,
    fitBars: 300,
    currency: 'USDT',
    threads: 1,
    inferenceThreads: 1,
    now: () => 1_700_000_000_000,
    ...options,
  });
  const bars = new Map(
    [HOUR, DAY].map((intervalMs) => [
      intervalMs,
      syntheticBars({
        seed: intervalMs,
        symbols: SYMBOLS.length,
        bars: HISTORY + 40,
        intervalMs,
        startMs: 20_000 * DAY - HISTORY * intervalMs,
        volatility: 0.04 * Math.sqrt(intervalMs / DAY),
      }),
    ]),
  );
  for (const [intervalMs, perSymbol] of bars)
    for (const [symbolIndex, list] of perSymbol.entries())
      cycle.loadHistory(symbolIndex, intervalMs, list.slice(0, loaded));
  return { cycle, bars, inputs: { prices: [100, 200, 300], quality, provenance: 'synthetic' } };
}

export function bookQuery(parts: Partial<RiskQuery> = {}): RiskQuery {
  return {
    positions: [
      { symbol: 'AAAUSDT', quantity: 2 },
      { symbol: 'BBBUSDT', quantity: -0.5 },
      { symbol: 'CCCUSDT', notional: 150 },
    ],
    confidences: [0.95, 0.99],
    horizonsMs: [HOUR, DAY],
    credibleMass: 0.9,
    method: 'bayes',
    contributions: false,
    ...parts,
  };
}
