import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tick, Trade } from '../../src/domain/market/tick.ts';
import { createBinanceFeed } from '../../src/feed/binance/binance-feed.ts';
import type { BinanceFeedOptions } from '../../src/feed/binance/options.ts';
import type { FeedEvent, MarketFeed } from '../../src/feed/market-feed.ts';
import { until } from '../support/until.ts';
import { startWireServer, tradeFrame, type WireServer } from '../support/wire-server.ts';

const BTC = 'BTCUSDT';
const LIMITS: NonNullable<BinanceFeedOptions['limits']> = {
  link: { controlGapMs: 1, idleMs: 120, handshakeMs: 1000, confirmMs: 2000 },
  backoff: { firstMs: 5, capMs: 20 },
  connectGapMs: 5,
  gap: { delayMs: 10, retryMs: 10, attempts: 3, pages: 50, holdMs: 300 },
  silence: { floorMs: 60_000, ceilingMs: 60_000 },
  settleAfterMs: 10,
  stallReplaceMs: 10,
  watchMs: 10,
};

let server: WireServer;
let feed: MarketFeed | undefined;
let ticks: Tick[];
let events: FeedEvent[];

function open(options: Partial<BinanceFeedOptions> = {}) {
  feed = createBinanceFeed({
    symbols: [BTC],
    streamBases: [server.streamBase],
    restBases: [server.restBase],
    quotes: false,
    klines: [],
    ...options,
    limits: { ...LIMITS, ...options.limits },
  });
  const started = feed.start({
    onTick: (tick) => ticks.push(tick),
    onExchangeBar: () => undefined,
    onEvent: (event) => events.push(event),
  });
  return { feed, started };
}

const trade = (id: number, symbol = BTC) => ({ symbol, id, price: '100', quantity: '1', timeMs: Date.now() });
const ids = () => ticks.filter((tick): tick is Trade => tick.kind === 'trade').map(({ id }) => id);
const kinds = () => events.map(({ kind }) => kind);
const upTo = (last: number) => Array.from({ length: last }, (_, at) => at + 1);

beforeEach(async () => {
  server = await startWireServer();
  ticks = [];
  events = [];
});

afterEach(async () => {
  await feed?.close();
  feed = undefined;
  await server.close();
});

describe('a link that is lost', () => {
  it('comes back by itself, and what passed meanwhile is fetched', async () => {
    const { started, feed: running } = open();
    await started;
    for (const id of [1, 2, 3]) server.trade(trade(id));
    await until('three trades', () => ids().length === 3);
    server.dropAll();
    for (const id of [4, 5]) server.trade(trade(id), false);
    await until('the way back', () => server.sockets.size === 1);
    await until('the missed trades, without any live one', () => ids().length === 5);
    server.trade(trade(6));
    await until('a live trade', () => ids().length === 6);
    expect(ids()).toEqual(upTo(6));
    expect(running.status()).toMatchObject({
      reconnects: 1,
      streams: [{ gaps: 1, gapsFilled: 1, recovered: 2, lost: [] }],
    });
    expect(kinds()).toContain('disconnected');
  });

  it('whose base cannot be reached gives way to the next base', async () => {
    const { started, feed: running } = open({
      streamBases: ['ws://127.0.0.1:1', server.streamBase],
      restBases: ['http://127.0.0.1:1', server.restBase],
    });
    await started;
    expect(running.status().host).toBe(new URL(server.streamBase).host);
    expect(await running.history(0, 60_000, 10)).toEqual([]);
  });

  it('that brings nothing although there are trades is cut and replaced', async () => {
    const { started } = open();
    await started;
    server.trade(trade(1));
    await until('the look at REST after the start', () => server.requests.includes('/api/v3/aggTrades'));
    await until('a trade', () => ids().length === 1);
    server.trade(trade(2), false);
    await until('the idle trip', () => kinds().includes('idle-trip'));
    await until('the second link', () => server.connects >= 2);
    expect(ids()).toEqual([1, 2]);
  });

  it('is left alone when the exchange itself stands still, and says so', async () => {
    const { started, feed: running } = open();
    await started;
    server.trade(trade(1));
    await until('the verdict', () => kinds().includes('halt'));
    expect(running.status().streams[0]?.state).toBe('halted');
    expect(server.connects).toBe(1);
    server.trade(trade(2));
    await until('life', () => running.status().streams[0]?.state === 'live');
  });
});

describe('a link that has to go', () => {
  it.each([
    ['bare', '{"e":"serverShutdown","E":1}'],
    ['combined', '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}'],
  ])(
    'after a shutdown notice (%s form) overlaps with its replacement: each trade once, no gap',
    async (_, notice) => {
      const { started, feed: running } = open();
      await started;
      server.trade(trade(1));
      await until('a trade', () => ids().length === 1);
      server.send(notice);
      await until('both links subscribed', () => running.status().connections === 2);
      for (const id of [2, 3, 4]) server.trade(trade(id));
      await until('the old link gone', () => server.sockets.size === 1);
      for (const id of [5, 6]) server.trade(trade(id));
      await until('all trades', () => ids().length === 6);
      expect(ids()).toEqual(upTo(6));
      expect(running.status().streams[0]).toMatchObject({ gaps: 0, recovered: 0 });
      expect(kinds()).toEqual(expect.arrayContaining(['shutdown-notice', 'rotation']));
      expect(kinds()).not.toContain('disconnected');
    },
  );

  it('keeps carrying until the new link has no hole behind it', async () => {
    const { started, feed: running } = open();
    await started;
    const [old] = server.sockets;
    server.trade(trade(1));
    server.send('{"e":"serverShutdown","E":1}');
    await until('both links subscribed', () => running.status().connections === 2);
    const fresh = [...server.sockets].find((socket) => socket !== old);
    server.send(tradeFrame(trade(4)), fresh);
    await until('frame 4 in', () => running.status().frames === 3);
    expect(server.sockets.size).toBe(2);
    for (const id of [2, 3, 4]) server.send(tradeFrame(trade(id)), old);
    await until('frames of the old link in', () => ids().length === 4);
    server.send(tradeFrame(trade(5)), fresh);
    await until('the old link gone', () => server.sockets.size === 1);
    await until('the trade after', () => ids().length === 5);
    expect(ids()).toEqual(upTo(5));
    expect(running.status().streams[0]).toMatchObject({ gaps: 0, recovered: 0 });
  });

  it('by its age is rotated the same way', async () => {
    const { started } = open({ limits: { rotation: { earliestMs: 30, latestMs: 40 } } });
    await started;
    let id = 0;
    const traffic = setInterval(() => {
      id += 1;
      server.trade(trade(id));
    }, 4);
    await until('three rotations', () => kinds().filter((kind) => kind === 'rotation').length >= 3);
    clearInterval(traffic);
    await until('all trades', () => ids().length === id);
    expect(ids()).toEqual(upTo(id));
    expect(kinds()).not.toContain('disconnected');
  });

  it('for a stalled stream: its trades are fetched, the other streams never stop', async () => {
    const symbols = [BTC, 'ETHUSDT'];
    const { started, feed: running } = open({ symbols, limits: { silence: { floorMs: 60, ceilingMs: 60 } } });
    await started;
    let id = 0;
    const traffic = setInterval(() => {
      id += 1;
      server.trade(trade(id));
      server.trade(trade(id, 'ETHUSDT'), id < 5 || id > 80);
    }, 4);
    await until('the stall', () =>
      events.some(({ kind, symbolIndex }) => kind === 'stream-stall' && symbolIndex === 1),
    );
    await until('the replacement', () => kinds().includes('rotation'));
    await until('the stream back', () => id > 100);
    clearInterval(traffic);
    await until('all trades of both', () =>
      running.status().streams.every(({ lastTradeId }) => lastTradeId === id),
    );
    const of = (index: number) =>
      ticks
        .filter((tick): tick is Trade => tick.kind === 'trade' && tick.symbolIndex === index)
        .map((tick) => tick.id);
    expect([of(0), of(1)]).toEqual([upTo(id), upTo(id)]);
    expect(running.status().streams[0]).toMatchObject({ gaps: 0, recovered: 0 });
    expect(running.status().streams[1]?.recovered).toBeGreaterThan(70);
    expect(kinds()).not.toContain('disconnected');
  });
});

describe('several links', () => {
  it('carry their own symbols; one lost does not touch the other', async () => {
    const symbols = [BTC, 'ETHUSDT', 'SOLUSDT'];
    const { started, feed: running } = open({ symbols, limits: { symbolsPerLink: 2 } });
    await started;
    expect(running.status().connections).toBe(2);
    for (const symbol of symbols) server.trade(trade(1, symbol));
    await until('a trade of each', () =>
      running.status().streams.every(({ lastTradeId }) => lastTradeId === 1),
    );
    const [first] = server.sockets;
    first?.terminate();
    await until('one state down', () => running.status().streams.some(({ state }) => state === 'down'));
    const down = running.status().streams.filter(({ state }) => state === 'down').length;
    expect([1, 2]).toContain(down);
    await until('both links', () => running.status().connections === 2);
    expect(running.status().reconnects).toBe(1);
  });
});

describe('holes that REST does not fill', () => {
  it('become a lost window with its reason, remembered in the status', async () => {
    const { started, feed: running } = open();
    await started;
    server.intercept = (path) => (path === '/api/v3/aggTrades' ? { status: 200, body: '[]' } : undefined);
    for (const id of [1, 5, 6]) server.send(tradeFrame(trade(id)));
    await until('the loss', () => ticks.some(({ kind }) => kind === 'lost'));
    expect(ids()).toEqual([1, 5, 6]);
    expect(running.status().streams[0]).toMatchObject({
      state: 'live',
      gaps: 1,
      gapsFilled: 0,
      lost: [{ trades: 3, reason: 'not-served' }],
    });
    expect(events).toContainEqual(expect.objectContaining({ kind: 'gap-lost', count: 3 }));
  });

  it('for a REST that fails: trades wait no longer than the limit', async () => {
    const { started } = open();
    await started;
    server.intercept = () => ({ status: 500, body: '{}' });
    for (const id of [1, 5]) server.send(tradeFrame(trade(id)));
    await until('the loss', () => ids().length === 2);
    expect(ticks[1]).toMatchObject({ kind: 'lost', fromId: 2, toId: 4, reason: 'rest-failed' });
  });

  it('only in part: what the exchange serves beyond its own skip is kept', async () => {
    const { started } = open();
    await started;
    server.trade(trade(1));
    for (const id of [4, 5]) server.trade(trade(id), false);
    server.trade(trade(6));
    await until('all that there is', () => ids().length === 4);
    expect(ids()).toEqual([1, 4, 5, 6]);
    expect(ticks[1]).toMatchObject({ kind: 'lost', fromId: 2, toId: 3, reason: 'not-served' });
  });
});

describe('bad frames', () => {
  it('are counted, and nothing else happens', async () => {
    const { started, feed: running } = open();
    await started;
    server.trade(trade(1));
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","s":"BTCUSDT","p":"NaN"}}',
    ])
      server.send(text);
    server.send('{"e":"blockTrade","s":"BTCUSDT"}');
    server.trade(trade(2));
    await until('the trade after them', () => ids().length === 2);
    expect(running.status()).toMatchObject({ parseErrors: 5, frames: 8, connections: 1, reconnects: 0 });
    expect(kinds().filter((kind) => kind === 'unknown-event')).toHaveLength(1);
  });
});
