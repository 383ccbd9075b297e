import { describe, expect, it } from 'vitest';
import type { Bar } from '../../src/domain/market/bar.ts';
import type { Trade } from '../../src/domain/market/tick.ts';
import { createExchange } from '../../src/exchange/exchange.ts';
import { createBinanceFeed } from '../../src/feed/binance/binance-feed.ts';
import { FAST_LIMITS, raiseStorm } from '../support/fault-storm.ts';
import { startIngest } from '../support/ingest-run.ts';
import { until } from '../support/until.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const MARKET = {
  seed: 11,
  symbols: SYMBOLS,
  tradesPerSecond: 2,
  startMs: Date.UTC(2026, 2, 3, 9, 58, 20),
  timeScale: 120,
  weightLimit: 60_000,
};

type Bars = () => readonly Bar[];

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
      drops: 8,
      dropEveryMs: 280,
      lossFraction: 0.05,
      stalledStream: 'ethusdt@aggTrade',
      stallMs: 1000,
    });
    for (const symbolIndex of [0, 1]) {
      // The two markets tell the same story, each from its own start: compare where both were listened to.
      const [calmBars, stormyBars] = [undisturbed, disturbed].map((run) => () => run.bars(symbolIndex)) as [
        Bars,
        Bars,
      ];
      const fromMs = Math.max(...[calmBars, stormyBars].map((bars) => bars()[0]?.openTimeMs ?? 0)) + 60_000;
      const toMs = Math.max(fromMs + 5 * 60_000, stormyBars().at(-1)?.openTimeMs ?? 0);
      for (const bars of [calmBars, stormyBars])
        await until('both runs to get there', () => (bars().at(-1)?.openTimeMs ?? 0) >= toMs, 20_000);
      const common = (bars: Bars) =>
        bars().filter(({ openTimeMs }) => openTimeMs >= fromMs && openTimeMs <= toMs);
      expect(common(stormyBars)).toEqual(common(calmBars));
      expect(common(stormyBars)).toHaveLength((toMs - fromMs) / 60_000 + 1);
    }
    const { feed } = disturbed.ingest.status();
    expect(feed.reconnects).toBeGreaterThanOrEqual(8);
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

  it('in microseconds: what REST fills in carries the same times as the stream', async () => {
    await using exchange = await createExchange(MARKET);
    const trades: Trade[] = [];
    const feed = createBinanceFeed({
      symbols: SYMBOLS,
      streamBases: [exchange.wsUrl],
      restBases: [exchange.url],
      quotes: false,
      klines: [],
      timeUnit: 'microsecond',
      limits: FAST_LIMITS,
    });
    await feed.start({
      onTick: (tick) => tick.kind === 'trade' && tick.symbolIndex === 0 && trades.push(tick),
      onExchangeBar: () => undefined,
      onEvent: () => undefined,
    });
    exchange.admin({ kind: 'lose-frames', stream: 'btcusdt@aggTrade', fraction: 0.2, count: 200 });
    await until('recovered trades', () => trades.length > 300 && trades.some(({ recovered }) => recovered));
    await feed.close();
    const first = trades[0] as Trade;
    const truth = exchange.market.aggregatesFrom(0, first.id, trades.length, exchange.clock.nowUs());
    expect(trades.map(({ id, tsTradeUs }) => [id, tsTradeUs])).toEqual(
      truth.map(({ id, timeUs }) => [id, timeUs]),
    );
    expect(trades.some(({ tsTradeUs }) => tsTradeUs % 1000 !== 0)).toBe(true);
  }, 20_000);
});
