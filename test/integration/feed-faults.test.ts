import { describe, expect, it } from 'vitest';
import { createExchange } from '../../src/exchange/exchange.ts';
import { FAST_LIMITS, raiseStorm } from '../support/fault-storm.ts';
import { startIngest } from '../support/ingest-run.ts';
import { until } from '../support/until.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const MARKET = {
  seed: 11,
  symbols: SYMBOLS,
  tradesPerSecond: 4,
  startMs: Date.UTC(2026, 2, 3, 9, 58, 20),
  timeScale: 60,
  weightLimit: 60_000,
};

async function open(exchange: { url: string; wsUrl: string }) {
  return startIngest({
    url: exchange.url,
    wsUrl: exchange.wsUrl,
    feed: { symbols: SYMBOLS, quotes: false, klines: [], limits: FAST_LIMITS },
  });
}

describe('bars through a storm of faults', () => {
  it('are identical to those of an undisturbed run, with every counter accounted for', async () => {
    await using calm = await createExchange(MARKET);
    await using stormy = await createExchange(MARKET);
    await using undisturbed = await open(calm);
    await using disturbed = await open(stormy);
    await raiseStorm(stormy, {
      tradeStream: 'aggTrade',
      drops: 20,
      dropEveryMs: 280,
      lossFraction: 0.05,
      stalledStream: 'ethusdt@aggTrade',
      stallMs: 1200,
    });
    const played = Math.max(undisturbed.bars(0).length, undisturbed.bars(1).length);
    for (const symbolIndex of [0, 1]) {
      await until(
        'the disturbed run to catch up',
        () => disturbed.bars(symbolIndex).length >= played,
        10_000,
      );
      const expected = new Map(
        undisturbed
          .bars(symbolIndex)
          .slice(1)
          .map((bar) => [bar.openTimeMs, bar]),
      );
      const compared = disturbed
        .bars(symbolIndex)
        .slice(1)
        .filter((bar) => expected.has(bar.openTimeMs));
      expect(compared.length).toBeGreaterThanOrEqual(5);
      for (const bar of compared) expect(bar).toEqual(expected.get(bar.openTimeMs));
    }
    const { feed } = disturbed.ingest.status();
    expect(feed.reconnects).toBeGreaterThanOrEqual(20);
    const sum = (field: 'gaps' | 'gapsFilled' | 'recovered') =>
      feed.streams.reduce((total, stream) => total + stream[field], 0);
    expect(sum('gaps')).toBeGreaterThan(0);
    expect(sum('gapsFilled')).toBe(sum('gaps'));
    expect(sum('recovered')).toBeGreaterThan(sum('gaps'));
    expect(feed.streams.flatMap(({ lost }) => lost)).toEqual([]);
    expect(
      disturbed.events.some(({ kind, symbolIndex }) => kind === 'stream-stall' && symbolIndex === 1),
    ).toBe(true);

    // With the links cut for good, every frame that came is either a trade that was delivered or a duplicate.
    stormy.admin({ kind: 'refuse-connections' });
    stormy.admin({ kind: 'drop-links' });
    await until('the books to balance', () => {
      const { frames, streams } = disturbed.ingest.status().feed;
      const duplicates = streams.reduce((total, stream) => total + stream.duplicates, 0);
      return duplicates > 0 && frames === disturbed.liveTrades + duplicates;
    });
  }, 40_000);

  it('losses alone: one gap for each run of lost frames, one recovered trade for each lost frame', async () => {
    await using exchange = await createExchange(MARKET);
    await using run = await open(exchange);
    await until('the first trades', () =>
      run.ingest.status().feed.streams.every(({ lastTradeId }) => lastTradeId > 0),
    );
    exchange.admin({ kind: 'lose-frames', stream: '*@aggTrade', fraction: 0.05, forMs: 1500 });
    await until('the end of the losses', () => exchange.state().faults.planted === 0, 4000);
    const status = () => run.ingest.status().feed.streams;
    const heard = status().map(({ lastTradeId }) => lastTradeId);
    await until('later trades', () =>
      status().every(
        ({ lastTradeId, state }, at) => state === 'live' && lastTradeId > (heard[at] as number) + 5,
      ),
    );
    for (const { symbol, gaps, gapsFilled, recovered, duplicates } of status()) {
      const tally = exchange.state().faults.streams[`${symbol.toLowerCase()}@aggTrade`];
      expect({ gaps, gapsFilled, recovered, duplicates }).toEqual({
        gaps: tally?.lossRuns,
        gapsFilled: tally?.lossRuns,
        recovered: tally?.lost,
        duplicates: 0,
      });
    }
  }, 20_000);
});
