/**
 * Replays the captured spot files through the embedded exchange and holds every bar against the slow reference
 * built straight from the files.
 */
import { expect } from 'vitest';
import { createExchange } from '../../src/exchange/exchange.ts';
import { slowBars } from '../reference/slow-bars.ts';
import { capturedTrades } from './captured-trades.ts';
import { startIngest } from './ingest-run.ts';
import { until } from './until.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const TRADES = 34_419;
const VARIANCE_STEP = 5;

export async function checkReplay(paths: readonly string[], speed: number, quotes: boolean): Promise<void> {
  const streams = SYMBOLS.length * (quotes ? 3 : 2);
  await using exchange = await createExchange({ capture: paths, timeScale: speed, waitForStreams: streams });
  await using run = await startIngest({
    url: exchange.url,
    wsUrl: exchange.wsUrl,
    feed: { symbols: SYMBOLS, tradeStream: 'trade', quotes },
    ingest: { varianceStep: VARIANCE_STEP },
  });
  const { ingest } = run;
  await until('all trades', () => run.liveTrades >= TRADES, (650_000 / speed) * 3 + 20_000);
  const { feed, ringMissed, mismatches } = ingest.status();
  expect(run.liveTrades).toBe(TRADES);
  expect(feed).toMatchObject({ provenance: 'replay', parseErrors: 0, reconnects: 0 });
  for (const stream of feed.streams)
    expect(stream).toMatchObject({ gaps: 0, duplicates: 0, recovered: 0, lost: [] });
  expect({ ringMissed, mismatches }).toEqual({ ringMissed: 0, mismatches: 0 });

  for (const [symbolIndex, symbol] of SYMBOLS.entries()) {
    const expected = slowBars(capturedTrades(paths, symbol), 60_000, VARIANCE_STEP);
    const whole = expected.slice(1, -1);
    await until('the last whole bar', () => run.bars(symbolIndex).length >= whole.length + 1);
    const bars = run.bars(symbolIndex);
    expect(bars[0]).toMatchObject({ openTimeMs: expected[0]?.openTimeMs, trades: expected[0]?.trades });
    for (const [index, { realisedVariance, ...exact }] of whole.entries()) {
      expect(bars[index + 1]).toMatchObject(exact);
      const ours = bars[index + 1]?.realisedVariance as number;
      if (quotes) expect(ours).toBeGreaterThan(0);
      else expect(ours).toBeCloseTo(realisedVariance, 15);
    }
  }
}
