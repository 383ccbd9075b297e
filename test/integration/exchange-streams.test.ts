import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import type { ExchangeOptions } from '#exchange/options.ts';
import { ExchangeClient } from '../support/exchange-client.ts';

const START_MS = Date.UTC(2026, 2, 2, 14, 0, 58);
const OPTIONS: ExchangeOptions = {
  seed: 11,
  symbols: ['BTCUSDT', 'ETHUSDT'],
  tradesPerSecond: 60,
  startMs: START_MS,
  listedMs: Date.UTC(2026, 2, 1),
};

let exchange: Exchange;
const clients: ExchangeClient[] = [];

async function connect(path: string, autoPong = true): Promise<ExchangeClient> {
  const client = await ExchangeClient.open(exchange.wsUrl + path, autoPong);
  clients.push(client);
  return client;
}

async function restart(options: ExchangeOptions): Promise<void> {
  await exchange.close();
  exchange = await createExchange({ ...OPTIONS, ...options });
}

async function get(path: string): Promise<unknown> {
  return (await fetch(exchange.url + path)).json();
}

beforeEach(async () => {
  exchange = await createExchange(OPTIONS);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await exchange.close();
});

describe('stream links', () => {
  it('a raw link gets bare payloads in the field order of the wire', async () => {
    const client = await connect('/ws/btcusdt@trade');
    await client.until(() => client.texts.length >= 3);
    for (const text of client.texts)
      expect(text).toMatch(
        /^\{"e":"trade","E":\d{13},"s":"BTCUSDT","t":\d+,"p":"\d+\.\d{8}","q":"\d+\.\d{8}","T":\d{13},"m":(true|false),"M":true\}$/,
      );
  });

  it('a combined link wraps each payload with its stream', async () => {
    const client = await connect('/stream?streams=btcusdt@aggTrade/ethusdt@bookTicker');
    await client.until(
      () =>
        client.payloads('btcusdt@aggTrade').length > 2 && client.payloads('ethusdt@bookTicker').length > 2,
    );
    expect(Object.keys(client.payloads('btcusdt@aggTrade')[0]!)).toEqual([
      ...['e', 'E', 's', 'a', 'p', 'q', 'f', 'l', 'T', 'm', 'M'],
    ]);
    const quote = client.payloads('ethusdt@bookTicker')[0]!;
    expect(Object.keys(quote)).toEqual(['u', 's', 'b', 'B', 'a', 'A']);
    expect(Number(quote['a'])).toBeGreaterThan(Number(quote['b']));
  });

  it('trade ids run without a gap, and aggregates cover exactly the trades', async () => {
    const client = await connect('/stream?streams=btcusdt@trade/btcusdt@aggTrade');
    await client.until(() => client.payloads('btcusdt@aggTrade').length > 30);
    const trades = client.payloads('btcusdt@trade').map((trade) => trade['t'] as number);
    expect(trades).toEqual(trades.map((_, i) => trades[0]! + i));
    const aggregates = client.payloads('btcusdt@aggTrade');
    for (const [i, aggregate] of aggregates.entries()) {
      if (i === 0) continue;
      expect(aggregate['a']).toBe((aggregates[i - 1]!['a'] as number) + 1);
      expect(aggregate['f']).toBe((aggregates[i - 1]!['l'] as number) + 1);
    }
  });

  it('REST pages repeat the streamed trades digit by digit', async () => {
    const client = await connect('/stream?streams=btcusdt@aggTrade');
    await client.until(() => client.payloads('btcusdt@aggTrade').length > 40);
    const streamed = client.payloads('btcusdt@aggTrade').map(({ a, p, q, f, l, T, m, M }) => {
      return { a, p, q, f, l, T, m, M };
    });
    const page = await get(
      `/api/v3/aggTrades?symbol=BTCUSDT&fromId=${streamed[0]!.a}&limit=${streamed.length}`,
    );
    expect(page).toEqual(streamed);
  });

  it('a bar closes once on the stream and equals its REST row', async () => {
    const client = await connect('/stream?streams=btcusdt@kline_1m');
    const closedBars = () =>
      client.payloads('btcusdt@kline_1m').filter((bar) => (bar['k'] as { x: boolean }).x);
    await client.until(() => closedBars().length === 1);
    const k = closedBars()[0]!['k'] as Record<string, unknown>;
    const [row] = (await get(
      `/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=${k['t']}&limit=1`,
    )) as unknown[][];
    expect(row).toEqual([
      k['t'],
      k['o'],
      k['h'],
      k['l'],
      k['c'],
      k['v'],
      k['T'],
      k['q'],
      k['n'],
      k['V'],
      k['Q'],
      '0',
    ]);
  });

  it('microsecond links get sixteen-digit times', async () => {
    const client = await connect('/ws/btcusdt@trade?timeUnit=MICROSECOND');
    await client.until(() => client.texts.length > 0);
    expect(client.texts[0]).toMatch(/"E":\d{16},.*"T":\d{16},/);
  });

  it('control messages answer as documented', async () => {
    await restart({ rules: { messagesPerSecond: 100 } });
    const client = await connect('/stream');
    expect(await client.ask({ method: 'SUBSCRIBE', params: ['btcusdt@trade'], id: 1 })).toEqual({
      result: null,
      id: 1,
    });
    expect(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 'abc' })).toEqual({
      result: ['btcusdt@trade'],
      id: 'abc',
    });
    expect(await client.ask({ method: 'GET_PROPERTY', params: ['combined'], id: 2 })).toEqual({
      result: true,
      id: 2,
    });
    expect(await client.ask({ method: 'SET_PROPERTY', params: ['combined', false], id: 3 })).toEqual({
      result: null,
      id: 3,
    });
    expect(await client.ask({ method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: null })).toEqual({
      result: null,
      id: null,
    });
    expect(await client.ask({ method: 'SET_PROPERTY', params: ['nope', true], id: 4 })).toMatchObject({
      code: 0,
    });
    expect(await client.ask({ method: 'SET_PROPERTY', params: ['combined', 1], id: 4 })).toMatchObject({
      code: 1,
    });
    expect(await client.ask({ method: 'SUBSCRIB', params: [], id: 4 })).toMatchObject({ code: 2 });
    expect(await client.ask({ params: [], id: 4 })).toMatchObject({ code: 2 });
    expect(await client.ask({ method: 'LIST_SUBSCRIPTIONS', id: 1.5 })).toMatchObject({ code: 2 });
    expect(await client.ask('{oops')).toMatchObject({ code: 3 });
  });

  it('more than five client messages in a second end the link', async () => {
    const client = await connect('/ws');
    for (let id = 0; id < 6; id++) client.send({ method: 'LIST_SUBSCRIPTIONS', id });
    expect(await client.closed()).toBe(1008);
    expect(client.messages).toHaveLength(5);
  });

  it('pings carry a payload, and a client that never answers is dropped', async () => {
    await restart({ rules: { pingEveryMs: 30, pongWithinMs: 80 } });
    const silent = await connect('/ws/btcusdt@trade', false);
    const polite = await connect('/ws/btcusdt@trade');
    await silent.closed();
    expect(silent.pings.length).toBeGreaterThan(1);
    expect(silent.pings[0]).toMatch(/^\d{13}$/);
    expect(polite.closeCode).toBeUndefined();
  });

  it('a link ends when its life is over', async () => {
    await restart({ rules: { lifeMs: 60 } });
    const client = await connect('/ws/btcusdt@trade');
    expect(await client.closed()).toBe(1008);
  });

  it('an address that connects too often is refused', async () => {
    await restart({ connectionLimit: 2 });
    await connect('/ws');
    await connect('/ws');
    await expect(connect('/ws')).rejects.toThrow(/429/);
  });

  it('an unknown path is refused', async () => {
    await expect(ExchangeClient.open(`${exchange.wsUrl}/wss/btcusdt@trade`)).rejects.toThrow(/404/);
  });
});
