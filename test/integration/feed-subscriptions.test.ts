import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { BTC, feedBench, LINK_LIMITS, trade } from '../support/feed-bench.ts';
import { until } from '../support/until.ts';

const bench = feedBench();

describe('a fresh link', () => {
  it('is not trusted until the exchange lists every stream; what is missing is asked for again', async () => {
    const symbols = [BTC, 'ETHUSDT'];
    let looks = 0;
    bench.server.listed = (names) => {
      looks += 1;
      return looks === 1 ? names.filter((name) => name.startsWith('btc')) : names;
    };
    const { started, feed: running } = bench.open({ symbols });
    await started;
    expect(looks).toBe(2);
    expect(running.status()).toMatchObject({ connections: 1, reconnects: 0 });
  });

  it('that never gets its streams is given up for another', async () => {
    bench.server.listed = () => [];
    const { started, feed: running } = bench.open({
      limits: { link: { ...LINK_LIMITS, subscribeRounds: 2 } },
    });
    await until('the second attempt', () => bench.server.connects >= 2);
    expect(running.status().streams[0]?.state).toBe('down');
    bench.server.listed = (names) => names;
    await started;
    expect(bench.events).toContainEqual(expect.objectContaining({ kind: 'reconnect', message: 'subscribe' }));
  });

  it('answers a ping at once with its own payload', async () => {
    await bench.open().started;
    const [socket] = bench.server.sockets;
    const pong = once(socket as WebSocket, 'pong');
    socket?.ping('1795471977695');
    expect(String((await pong)[0])).toBe('1795471977695');
  });

  it('whose upgrade the exchange refuses says why', async () => {
    bench.server.refuseUpgrade = 451;
    const { started, feed } = bench.open();
    await until('the reason', () => bench.kinds().includes('geo-blocked'));
    expect(feed.status().trouble).toBe('the exchange refuses stream connections (HTTP 451)');
    bench.server.refuseUpgrade = undefined;
    await started;
    expect(feed.status().trouble).toBeUndefined();
  });
});

describe('several links', () => {
  it('carry their own symbols; one lost does not touch the other', async () => {
    const symbols = [BTC, 'ETHUSDT', 'SOLUSDT'];
    const { started, feed: running } = bench.open({ symbols, limits: { symbolsPerLink: 2 } });
    await started;
    expect(running.status().connections).toBe(2);
    for (const symbol of symbols) bench.server.trade(trade(1, symbol));
    await until('a trade of each', () =>
      running.status().streams.every(({ lastTradeId }) => lastTradeId === 1),
    );
    const [first] = bench.server.sockets;
    first?.terminate();
    await until('one state down', () => running.status().streams.some(({ state }) => state === 'down'));
    const down = running.status().streams.filter(({ state }) => state === 'down').length;
    expect([1, 2]).toContain(down);
    await until('both links', () => running.status().connections === 2);
    expect(running.status().reconnects).toBe(1);
  });
});
