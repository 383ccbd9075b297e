/**
 * A feed whose every move is made by the test: the port without sockets, for what stands behind it.
 */
import type { Bar } from '../../src/domain/market/bar.ts';
import type { Trade } from '../../src/domain/market/tick.ts';
import type { FeedObserver, FeedStatus, MarketFeed, StreamStatus } from '../../src/feed/market-feed.ts';

export interface ScriptedFeed extends MarketFeed {
  readonly observer: FeedObserver;
  /** What `settle` answers, and the symbols that were asked about. */
  settles: boolean;
  readonly asked: number[];
  state: StreamStatus['state'];
  bars: (intervalMs: number, count: number, endMs: number | undefined) => readonly Bar[];
  trade(fields: Partial<Trade>): void;
}

export function scriptedFeed(symbols: readonly string[]): ScriptedFeed {
  let observer: FeedObserver | undefined;
  const asked: number[] = [];
  const feed: ScriptedFeed = {
    get observer() {
      if (observer === undefined) throw new Error('the feed was not started');
      return observer;
    },
    settles: true,
    asked,
    state: 'live',
    bars: () => [],
    async start(given) {
      observer = given;
    },
    async settle(symbolIndex) {
      asked.push(symbolIndex);
      return feed.settles;
    },
    async history(_, intervalMs, count, endMs) {
      return feed.bars(intervalMs, count, endMs);
    },
    status: (): FeedStatus => ({
      provenance: 'synthetic',
      host: 'scripted',
      connections: 1,
      frames: 0,
      bytes: 0,
      parseErrors: 0,
      reconnects: 0,
      clockOffsetMs: 0,
      usedWeight: 0,
      blockedUntilMs: 0,
      trouble: undefined,
      streams: symbols.map((symbol) => ({
        symbol,
        state: feed.state,
        lastTradeId: 1,
        lastTradeMs: 1,
        lastReceiveMs: 1,
        gaps: 0,
        gapsFilled: 0,
        recovered: 0,
        duplicates: 0,
        lost: [],
      })),
    }),
    trade(fields) {
      feed.observer.onTick({
        kind: 'trade',
        symbolIndex: 0,
        id: 1,
        price: 100,
        quantity: 1,
        buyerIsMaker: false,
        tsTradeUs: 0,
        tsEventUs: fields.tsTradeUs ?? 0,
        tsReceiveUs: fields.tsTradeUs ?? 0,
        fills: 1,
        recovered: false,
        ...fields,
      });
    },
    async close() {
      observer = undefined;
    },
  };
  return feed;
}
