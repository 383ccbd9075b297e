import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBinanceFeed } from '../../src/feed/binance/binance-feed.ts';
import { ClockOffset } from '../../src/feed/binance/clock-offset.ts';
import { RestClient, type RestClientOptions } from '../../src/feed/binance/rest-client.ts';
import type { MarketFeed } from '../../src/feed/market-feed.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const DEAD = 'http://127.0.0.1:1';
const TIME = '/api/v3/time';

let server: WireServer;
let rest: RestClient | undefined;
let feed: MarketFeed | undefined;
let blocks: string[];

function client(options: Partial<RestClientOptions> = {}): RestClient {
  rest = new RestClient({
    bases: [server.restBase],
    weightLimit: 6000,
    timeoutMs: 5000,
    microseconds: false,
    clock: { nowMs: () => Date.now() },
    onBlocked: (kind, message) => blocks.push(`${kind}: ${message}`),
    onServed: () => undefined,
    ...options,
  });
  return rest;
}

beforeEach(async () => {
  server = await startWireServer();
  blocks = [];
});

afterEach(async () => {
  await rest?.close();
  await feed?.close();
  rest = undefined;
  feed = undefined;
  await server.close();
});

describe('REST requests', () => {
  it('take the next base where one is dead, and stay there', async () => {
    const asked = client({ bases: [DEAD, server.restBase] });
    expect(await asked.get(TIME, {}, 1)).toMatchObject({ ok: true });
    const start = performance.now();
    for (let turn = 0; turn < 5; turn += 1) await asked.get(TIME, {}, 1);
    expect(performance.now() - start).toBeLessThan(4000);
    expect(server.requests).toHaveLength(6);
  });

  it.each([403, 451, 500, 503, 504])('take the next base on %i', async (status) => {
    await using second = Object.assign(await startWireServer(), {
      [Symbol.asyncDispose]: () => second.close(),
    });
    server.intercept = () => ({ status, body: '{"code":-1,"msg":"no"}' });
    expect(await client({ bases: [server.restBase, second.restBase] }).get(TIME, {}, 1)).toMatchObject({
      ok: true,
    });
  });

  it('take the next base for a path that one lacks, but only for that path', async () => {
    await using second = Object.assign(await startWireServer(), {
      [Symbol.asyncDispose]: () => second.close(),
    });
    second.intercept = (path) =>
      path === '/api/v3/historicalTrades' ? { status: 200, body: '[]' } : undefined;
    const asked = client({ bases: [server.restBase, second.restBase] });
    expect(await asked.get('/api/v3/historicalTrades', {}, 25)).toEqual({ ok: true, value: [] });
    await asked.get(TIME, {}, 1);
    expect(server.requests).toEqual(['/api/v3/historicalTrades', TIME]);
  });

  it('stop altogether on 429 until Retry-After is over', async () => {
    let nowMs = Date.now();
    const asked = client({ clock: { nowMs: () => nowMs } });
    server.intercept = () => ({ status: 429, headers: { 'retry-after': '7' }, body: '{"code":-1003}' });
    expect(await asked.get(TIME, {}, 1)).toMatchObject({ ok: false, reason: 'rate-limited' });
    expect(asked.blockedUntilMs).toBe(nowMs + 7000);
    server.intercept = () => undefined;
    expect(await asked.get(TIME, {}, 1)).toMatchObject({ ok: false, reason: 'rate-limited' });
    expect(server.requests).toHaveLength(1);
    nowMs += 7001;
    expect(await asked.get(TIME, {}, 1)).toMatchObject({ ok: true });
    expect(blocks).toHaveLength(1);
  });

  it('stop for two minutes on a ban that does not say how long', async () => {
    const nowMs = Date.now();
    const asked = client({ clock: { nowMs: () => nowMs } });
    server.intercept = () => ({ status: 418, body: '{}' });
    expect(await asked.get(TIME, {}, 1)).toMatchObject({ ok: false, reason: 'banned' });
    expect(asked.blockedUntilMs).toBe(nowMs + 120_000);
    expect(blocks[0]).toMatch(/^banned: 418/);
  });

  it('say plainly that the location is refused', async () => {
    server.intercept = () => ({ status: 451, body: 'restricted location' });
    expect(await client().get(TIME, {}, 1)).toMatchObject({ ok: false, reason: 'geo-blocked' });
    expect(blocks[0]).toContain('refuses this location (HTTP 451)');
  });

  it('give values, never exceptions: silence, garbage, refusal, closing', async () => {
    const asked = client({ timeoutMs: 60 });
    server.intercept = () => ({ status: 200, body: '<html>' });
    expect(await asked.get(TIME, {}, 1)).toMatchObject({ ok: false, reason: 'bad-response' });
    server.intercept = () => ({ status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' });
    expect(await asked.get(TIME, {}, 1)).toMatchObject({
      ok: false,
      reason: 'refused',
      message: expect.stringContaining('-1121'),
    });
    const dead = client({ bases: [DEAD], timeoutMs: 60 });
    expect(await dead.get(TIME, {}, 1)).toMatchObject({ ok: false, reason: 'unavailable' });
    await dead.close();
    expect(await dead.get(TIME, {}, 1)).toMatchObject({ ok: false, reason: 'closed' });
    await asked.close();
  });

  it('report the weight that the exchange counted', async () => {
    const asked = client();
    await asked.get(TIME, {}, 1);
    expect(asked.budget.used).toBe(7);
  });
});

describe('the clock offset', () => {
  it('is taken at the middle of the round trip, from the quickest probe', async () => {
    let nowMs = 1_000_000;
    const asked = client({ clock: { nowMs: () => nowMs } });
    const offset = new ClockOffset(asked, { nowMs: () => nowMs });
    server.nowMs = () => {
      nowMs += 400;
      return 1_723_161_255_000;
    };
    await offset.probe();
    expect(offset.offsetMs).toBe(1_723_161_255_000 - 1_000_200);
    server.nowMs = () => 1_723_161_255_000 + nowMs;
    await offset.probe();
    expect(offset.offsetMs).toBe(1_723_161_255_000);
    server.nowMs = () => {
      nowMs += 800;
      return 5e12;
    };
    await offset.probe();
    expect(offset.offsetMs).toBe(1_723_161_255_000);
  });
});

describe('history', () => {
  const MINUTE = 60_000;
  const NOW = 1_723_161_255_000;

  function klines(count: number): unknown[][] {
    const last = Math.floor(NOW / MINUTE) * MINUTE;
    return Array.from({ length: count }, (_, at) => {
      const open = last - (count - 1 - at) * MINUTE;
      return [open, '10', '12', '9', '11', '5', open + MINUTE - 1, '50', 7, '1', '10', '0'];
    });
  }

  function open() {
    feed = createBinanceFeed({
      symbols: ['BTCUSDT'],
      streamBases: [server.streamBase],
      restBases: [server.restBase],
    });
    server.nowMs = () => NOW;
    return feed;
  }

  it('is paged by 1,000, oldest first, without the bar that is not finished', async () => {
    server.klines = () => klines(5000);
    const bars = await open().history(0, MINUTE, 2500);
    const finished = Math.floor(NOW / MINUTE) * MINUTE - MINUTE;
    expect(bars.map(({ openTimeMs }) => openTimeMs)).toEqual(
      Array.from({ length: 2500 }, (_, at) => finished - (2499 - at) * MINUTE),
    );
    expect(bars[0]).toMatchObject({ trades: 7, complete: true, realisedVariance: Number.NaN });
    expect(server.requests.filter((path) => path === '/api/v3/klines')).toHaveLength(3);
  });

  it('ends where the exchange has no more, and at a stated end', async () => {
    server.klines = () => klines(12);
    const running = open();
    expect(await running.history(0, MINUTE, 100)).toHaveLength(11);
    const endMs = Math.floor(NOW / MINUTE) * MINUTE - 3 * MINUTE;
    const bars = await running.history(0, MINUTE, 2, endMs);
    expect(bars.map(({ openTimeMs }) => openTimeMs)).toEqual([endMs - 2 * MINUTE, endMs - MINUTE]);
  });

  it('that is refused says why', async () => {
    server.intercept = (path) =>
      path === '/api/v3/klines' ? { status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' } : undefined;
    await expect(open().history(0, MINUTE, 5)).rejects.toThrow(
      /no history of BTCUSDT at 1m: refused: 400.*-1121/,
    );
  });

  it('of an interval that the exchange does not have is a broken contract', async () => {
    await expect(open().history(0, 61_000, 5)).rejects.toThrow(RangeError);
  });
});

describe('trouble with the exchange', () => {
  it('is said in plain words for as long as it lasts', async () => {
    feed = createBinanceFeed({
      symbols: ['BTCUSDT'],
      streamBases: [server.streamBase],
      restBases: [server.restBase],
    });
    await feed.start({ onTick: () => undefined, onExchangeBar: () => undefined, onEvent: () => undefined });
    expect(feed.status().trouble).toBeUndefined();
    server.intercept = () => ({ status: 451, body: 'restricted' });
    expect(await feed.settle(0)).toBe(false);
    expect(feed.status().trouble).toContain('refuses this location (HTTP 451)');
    server.intercept = () => undefined;
    await feed.settle(0);
    expect(feed.status().trouble).toBeUndefined();
  });
});

describe('provenance', () => {
  it.each([
    ['replay', 'replay'],
    ['synthetic', 'synthetic'],
    ['binance', 'synthetic'],
    [undefined, 'synthetic'],
  ])('a server on another host that declares %s counts as %s', async (declared, expected) => {
    server.provenance = declared;
    feed = createBinanceFeed({
      symbols: ['BTCUSDT'],
      streamBases: [server.streamBase],
      restBases: [server.restBase],
    });
    await feed.start({ onTick: () => undefined, onExchangeBar: () => undefined, onEvent: () => undefined });
    expect(feed.status().provenance).toBe(expected);
  });
});
