import { describe, expect, it } from 'vitest';
import type { Bar } from '../../src/domain/market/bar.ts';
import { BarBuilder } from '../../src/domain/market/bar-builder.ts';
import { createExchange } from '../../src/exchange/exchange.ts';
import { capturedTrades, capturePaths } from '../support/captured-trades.ts';
import { FAST_LIMITS, raiseStorm } from '../support/fault-storm.ts';
import { startIngest } from '../support/ingest-run.ts';
import { until } from '../support/until.ts';

const paths = capturePaths();
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const SPEED = 20;

/** What the bars are when every trade of the files arrives once and in order. */
function undisturbedBars(symbol: string): Bar[] {
  const bars: Bar[] = [];
  const builder = new BarBuilder({ intervalMs: 60_000, varianceStep: 5, emit: (bar) => bars.push(bar) });
  for (const { price, quantity, fills, timeUs } of capturedTrades(paths as string[], symbol))
    builder.trade(price, quantity, fills, timeUs);
  return bars;
}

describe.skipIf(paths === undefined)(
  'the captured spot files through a storm (skipped where they are absent)',
  () => {
    it('20 links cut, 5 % of the trades lost, duplicates after each return, one stream silent for 30 s of market time: bars identical', async () => {
      await using exchange = await createExchange({
        capture: paths as string[],
        timeScale: SPEED,
        waitForStreams: 2,
        weightLimit: 60_000,
      });
      await using run = await startIngest({
        url: exchange.url,
        wsUrl: exchange.wsUrl,
        feed: { symbols: SYMBOLS, tradeStream: 'trade', quotes: false, klines: [], limits: FAST_LIMITS },
      });
      await raiseStorm(exchange, {
        tradeStream: 'trade',
        drops: 20,
        dropEveryMs: 1200,
        lossFraction: 0.05,
        stalledStream: 'ethusdt@trade',
        stallMs: 30_000 / SPEED,
      });
      const lastIds = [3_735_703_162, 1_520_553_439];
      const status = () => run.ingest.status().feed;
      await until(
        'the last trade',
        () => status().streams.every(({ lastTradeId }, at) => lastTradeId === lastIds[at]),
        60_000,
      );
      for (const [symbolIndex, symbol] of SYMBOLS.entries()) {
        const expected = undisturbedBars(symbol).slice(1);
        await until('the last whole bar', () => run.bars(symbolIndex).length > expected.length);
        expect(run.bars(symbolIndex).slice(1, expected.length + 1)).toEqual(expected);
      }
      const { streams, reconnects } = status();
      expect(reconnects).toBeGreaterThanOrEqual(20);
      for (const stream of streams) expect(stream).toMatchObject({ gapsFilled: stream.gaps, lost: [] });
      const total = (field: 'duplicates' | 'recovered') =>
        streams.reduce((sum, stream) => sum + stream[field], 0);
      await until('the books to balance', () => status().frames === run.liveTrades + total('duplicates'));
      expect(run.liveTrades + total('recovered')).toBe(34_419 - joinedLate(run.bars(0)[0], run.bars(1)[0]));
      expect(total('duplicates')).toBeGreaterThan(0);
    });
  },
);

/** Trades of the first minute that were over before the first one came. */
function joinedLate(...first: (Bar | undefined)[]): number {
  const whole = SYMBOLS.map((symbol) => undisturbedBars(symbol)[0]?.trades ?? 0);
  return first.reduce((sum, bar, at) => sum + (whole[at] as number) - (bar?.trades ?? 0), 0);
}
