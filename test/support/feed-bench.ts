/**
 * The feed on the scripted wire server, with limits short enough for tests; closes both after each test.
 */
import { afterEach, beforeEach } from 'vitest';
import type { Tick, Trade } from '../../src/domain/market/tick.ts';
import { createBinanceFeed } from '../../src/feed/binance/binance-feed.ts';
import type { BinanceFeedOptions } from '../../src/feed/binance/options.ts';
import type { FeedEvent, MarketFeed } from '../../src/feed/market-feed.ts';
import { startWireServer, type WireServer, type WireTrade } from './wire-server.ts';

export const BTC = 'BTCUSDT';

export const LINK_LIMITS = { controlGapMs: 1, idleMs: 120, handshakeMs: 5000, confirmMs: 5000 };

const LIMITS: NonNullable<BinanceFeedOptions['limits']> = {
  link: LINK_LIMITS,
  backoff: { firstMs: 5, capMs: 20 },
  connectGapMs: 5,
  gap: { delayMs: 10, retryMs: 10, attempts: 3, pages: 50, holdMs: 300 },
  silence: { floorMs: 60_000, ceilingMs: 60_000 },
  settleAfterMs: 10,
  stallReplaceMs: 10,
  watchMs: 10,
};

export interface FeedBench {
  server: WireServer;
  ticks: Tick[];
  events: FeedEvent[];
  open(options?: Partial<BinanceFeedOptions>): { feed: MarketFeed; started: Promise<void> };
  /** Ids of the trades delivered, in order; of one symbol where an index is given. */
  ids(symbolIndex?: number): number[];
  kinds(): FeedEvent['kind'][];
}

export function trade(id: number, symbol = BTC): WireTrade {
  return { symbol, id, price: '100', quantity: '1', timeMs: Date.now() };
}

export function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, at) => at + 1);
}

/** Call at the top of a test file; the fields are fresh for each test. */
export function feedBench(): FeedBench {
  let feed: MarketFeed | undefined;
  const bench: Omit<FeedBench, 'server'> & { server?: WireServer } = {
    ticks: [],
    events: [],
    open(options = {}) {
      const { streamBase, restBase } = bench.server as WireServer;
      const opened = createBinanceFeed({
        symbols: [BTC],
        streamBases: [streamBase],
        restBases: [restBase],
        quotes: false,
        klines: [],
        ...options,
        limits: { ...LIMITS, ...options.limits },
      });
      feed = opened;
      const started = opened.start({
        onTick: (tick) => bench.ticks.push(tick),
        onExchangeBar: () => undefined,
        onEvent: (event) => bench.events.push(event),
      });
      return { feed: opened, started };
    },
    ids: (symbolIndex) =>
      bench.ticks
        .filter((tick): tick is Trade => tick.kind === 'trade')
        .filter((tick) => symbolIndex === undefined || tick.symbolIndex === symbolIndex)
        .map(({ id }) => id),
    kinds: () => bench.events.map(({ kind }) => kind),
  };
  beforeEach(async () => {
    bench.server = await startWireServer();
    bench.ticks = [];
    bench.events = [];
  });
  afterEach(async () => {
    await feed?.close();
    feed = undefined;
    await bench.server?.close();
  });
  return bench as FeedBench;
}
