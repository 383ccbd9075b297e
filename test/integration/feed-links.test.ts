import { describe, expect, it } from 'vitest';
import { BTC, feedBench, trade, upTo } from '../support/feed-bench.ts';
import { until } from '../support/until.ts';
import { tradeFrame } from '../support/wire-server.ts';

const bench = feedBench();

describe('a link that is lost', () => {
  it('comes back by itself, and what passed meanwhile is fetched', async () => {
    const { started, feed: running } = bench.open();
    await started;
    for (const id of [1, 2, 3]) bench.server.trade(trade(id));
    await until('three trades', () => bench.ids().length === 3);
    bench.server.dropAll();
    for (const id of [4, 5]) bench.server.trade(trade(id), false);
    await until('the way back', () => bench.server.sockets.size === 1);
    await until('the missed trades, without any live one', () => bench.ids().length === 5);
    bench.server.trade(trade(6));
    await until('a live trade', () => bench.ids().length === 6);
    expect(bench.ids()).toEqual(upTo(6));
    expect(running.status()).toMatchObject({
      reconnects: 1,
      streams: [{ gaps: 1, gapsFilled: 1, recovered: 2, lost: [] }],
    });
    expect(bench.kinds()).toContain('disconnected');
  });

  it('whose base cannot be reached gives way to the next base', async () => {
    const { started, feed: running } = bench.open({
      streamBases: ['ws://127.0.0.1:1', bench.server.streamBase],
      restBases: ['http://127.0.0.1:1', bench.server.restBase],
    });
    await started;
    expect(running.status().host).toBe(new URL(bench.server.streamBase).host);
    expect(await running.history(0, 60_000, 10)).toEqual([]);
  });

  it('that brings nothing although there are trades is cut and replaced', async () => {
    const { started } = bench.open();
    await started;
    bench.server.trade(trade(1));
    await until('the look at REST after the start', () =>
      bench.server.requests.includes('/api/v3/aggTrades'),
    );
    await until('a trade', () => bench.ids().length === 1);
    bench.server.trade(trade(2), false);
    await until('the idle trip', () => bench.kinds().includes('idle-trip'));
    await until('the second link', () => bench.server.connects >= 2);
    expect(bench.ids()).toEqual([1, 2]);
  });

  it('is left alone where nothing was ever traded', async () => {
    const { started, feed: running } = bench.open();
    await started;
    await until('the verdict', () => bench.kinds().includes('halt'));
    expect(bench.server.connects).toBe(1);
    bench.server.trade(trade(1));
    await until('the first trade', () => running.status().streams[0]?.state === 'live');
  });

  it('is left alone when the exchange itself stands still, and says so', async () => {
    const { started, feed: running } = bench.open();
    await started;
    bench.server.trade(trade(1));
    await until('the verdict', () => bench.kinds().includes('halt'));
    expect(running.status().streams[0]?.state).toBe('halted');
    expect(bench.server.connects).toBe(1);
    bench.server.trade(trade(2));
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
      const { started, feed: running } = bench.open();
      await started;
      bench.server.trade(trade(1));
      await until('a trade', () => bench.ids().length === 1);
      bench.server.send(notice);
      await until('both links subscribed', () => running.status().connections === 2);
      for (const id of [2, 3, 4]) bench.server.trade(trade(id));
      await until('the old link gone', () => bench.server.sockets.size === 1);
      for (const id of [5, 6]) bench.server.trade(trade(id));
      await until('all trades', () => bench.ids().length === 6);
      expect(bench.ids()).toEqual(upTo(6));
      expect(running.status().streams[0]).toMatchObject({ gaps: 0, recovered: 0 });
      expect(bench.kinds()).toEqual(expect.arrayContaining(['shutdown-notice', 'rotation']));
      expect(bench.kinds()).not.toContain('disconnected');
    },
  );

  it('keeps carrying until the new link has no hole behind it', async () => {
    const { started, feed: running } = bench.open();
    await started;
    const [old] = bench.server.sockets;
    bench.server.trade(trade(1));
    bench.server.send('{"e":"serverShutdown","E":1}');
    await until('both links subscribed', () => running.status().connections === 2);
    const fresh = [...bench.server.sockets].find((socket) => socket !== old);
    bench.server.send(tradeFrame(trade(4)), fresh);
    await until('frame 4 in', () => running.status().frames === 3);
    expect(bench.server.sockets.size).toBe(2);
    for (const id of [2, 3, 4]) bench.server.send(tradeFrame(trade(id)), old);
    await until('frames of the old link in', () => bench.ids().length === 4);
    bench.server.send(tradeFrame(trade(5)), fresh);
    await until('the old link gone', () => bench.server.sockets.size === 1);
    await until('the trade after', () => bench.ids().length === 5);
    expect(bench.ids()).toEqual(upTo(5));
    expect(running.status().streams[0]).toMatchObject({ gaps: 0, recovered: 0 });
  });

  it('by its age is rotated the same way', async () => {
    const { started } = bench.open({ limits: { rotation: { earliestMs: 30, latestMs: 40 } } });
    await started;
    let id = 0;
    const traffic = setInterval(() => {
      id += 1;
      bench.server.trade(trade(id));
    }, 4);
    await until('three rotations', () => bench.kinds().filter((kind) => kind === 'rotation').length >= 3);
    clearInterval(traffic);
    await until('all trades', () => bench.ids().length === id);
    expect(bench.ids()).toEqual(upTo(id));
    expect(bench.kinds()).not.toContain('disconnected');
  });

  it('for a stalled stream: its trades are fetched, the other streams never stop', async () => {
    const symbols = [BTC, 'ETHUSDT'];
    const { started, feed: running } = bench.open({
      symbols,
      limits: { silence: { floorMs: 60, ceilingMs: 60 } },
    });
    await started;
    let id = 0;
    const traffic = setInterval(() => {
      id += 1;
      bench.server.trade(trade(id));
      bench.server.trade(trade(id, 'ETHUSDT'), id < 5 || id > 80);
    }, 4);
    await until('the stall', () =>
      bench.events.some(({ kind, symbolIndex }) => kind === 'stream-stall' && symbolIndex === 1),
    );
    await until('the replacement', () => bench.kinds().includes('rotation'));
    await until('the stream back', () => id > 100);
    clearInterval(traffic);
    await until('all trades of both', () =>
      running.status().streams.every(({ lastTradeId }) => lastTradeId === id),
    );
    expect([bench.ids(0), bench.ids(1)]).toEqual([upTo(id), upTo(id)]);
    expect(running.status().streams[0]).toMatchObject({ gaps: 0, recovered: 0 });
    expect(running.status().streams[1]?.recovered).toBeGreaterThan(70);
    expect(bench.kinds()).not.toContain('disconnected');
  });
});

describe('holes that REST does not fill', () => {
  it('become a lost window with its reason, remembered in the status', async () => {
    const { started, feed: running } = bench.open();
    await started;
    bench.server.intercept = (path) =>
      path === '/api/v3/aggTrades' ? { status: 200, body: '[]' } : undefined;
    for (const id of [1, 5, 6]) bench.server.send(tradeFrame(trade(id)));
    await until('the loss', () => bench.ticks.some(({ kind }) => kind === 'lost'));
    expect(bench.ids()).toEqual([1, 5, 6]);
    expect(running.status().streams[0]).toMatchObject({
      state: 'live',
      gaps: 1,
      gapsFilled: 0,
      lost: [{ trades: 3, reason: 'not-served' }],
    });
    expect(bench.events).toContainEqual(expect.objectContaining({ kind: 'gap-lost', count: 3 }));
  });

  it('for a REST that fails: trades wait no longer than the limit', async () => {
    const { started } = bench.open();
    await started;
    bench.server.intercept = () => ({ status: 500, body: '{}' });
    for (const id of [1, 5]) bench.server.send(tradeFrame(trade(id)));
    await until('the loss', () => bench.ids().length === 2);
    expect(bench.ticks[1]).toMatchObject({ kind: 'lost', fromId: 2, toId: 4, reason: 'rest-failed' });
  });

  it('only in part: what the exchange serves beyond its own skip is kept', async () => {
    const { started } = bench.open();
    await started;
    bench.server.trade(trade(1));
    for (const id of [4, 5]) bench.server.trade(trade(id), false);
    bench.server.trade(trade(6));
    await until('all that there is', () => bench.ids().length === 4);
    expect(bench.ids()).toEqual([1, 4, 5, 6]);
    expect(bench.ticks[1]).toMatchObject({ kind: 'lost', fromId: 2, toId: 3, reason: 'not-served' });
  });
});

describe('bad frames', () => {
  it('are counted, and nothing else happens', async () => {
    const { started, feed: running } = bench.open();
    await started;
    bench.server.trade(trade(1));
    for (const text of [
      '',
      '{',
      '[]',
      'null',
      '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","s":"BTCUSDT","p":"NaN"}}',
    ])
      bench.server.send(text);
    bench.server.send('{"e":"blockTrade","s":"BTCUSDT"}');
    bench.server.trade(trade(2));
    await until('the trade after them', () => bench.ids().length === 2);
    expect(running.status()).toMatchObject({ parseErrors: 5, frames: 8, connections: 1, reconnects: 0 });
    expect(bench.kinds().filter((kind) => kind === 'unknown-event')).toHaveLength(1);
  });
});
