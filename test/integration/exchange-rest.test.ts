import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { HOUR_MS, MINUTE_MS } from '#exchange/market/bar-node.ts';
import type { ExchangeOptions } from '#exchange/options.ts';

const START_MS = Date.UTC(2026, 2, 2, 14, 37, 30);
const OPTIONS: ExchangeOptions = {
  seed: 21,
  symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
  startMs: START_MS,
  listedMs: Date.UTC(2026, 0, 1),
};

type Row = [number, string, string, string, string, string, number, string, number, string, string, string];

let exchange: Exchange;

beforeAll(async () => {
  exchange = await createExchange(OPTIONS);
});

afterAll(() => exchange.close());

async function get<T>(path: string, headers: Record<string, string> = {}): Promise<T> {
  return (await (await fetch(exchange.url + path, { headers })).json()) as T;
}

function klines(interval: string, query: string, symbol = 'BTCUSDT'): Promise<Row[]> {
  return get<Row[]>(`/api/v3/klines?symbol=${symbol}&interval=${interval}&${query}`);
}

describe('klines', () => {
  it.each([
    ['3m', '1m', 3],
    ['15m', '5m', 3],
    ['1h', '15m', 4],
    ['4h', '1h', 4],
    ['1d', '4h', 6],
    ['1d', '1h', 24],
    ['1w', '1d', 7],
  ])('a %s bar is exactly the sum of its %s bars', async (coarse, fine, count) => {
    const start = Date.UTC(2026, 0, 12);
    for (const symbol of ['BTCUSDT', 'SOLUSDT']) {
      const [bar] = (await klines(coarse, `startTime=${start}&limit=1`, symbol)) as [Row];
      const parts = await klines(fine, `startTime=${start}&limit=${count}`, symbol);
      const sum = (column: number) => parts.reduce((total, part) => total + Number(part[column]), 0);
      expect(parts).toHaveLength(count);
      expect(bar[1]).toBe(parts[0]![1]);
      expect(Number(bar[2])).toBe(Math.max(...parts.map((part) => Number(part[2]))));
      expect(Number(bar[3])).toBe(Math.min(...parts.map((part) => Number(part[3]))));
      expect(bar[4]).toBe(parts.at(-1)![4]);
      expect(Number(bar[5])).toBeCloseTo(sum(5), 6);
      expect(bar[8]).toBe(sum(8));
      expect(Number(bar[9])).toBeCloseTo(sum(9), 6);
      expect(bar[0]).toBe(start);
      expect(bar[6]).toBe(parts.at(-1)![6]);
    }
  });

  it('a minute bar is exactly the sum of its trades', async () => {
    const start = Date.UTC(2026, 1, 3, 11, 7);
    const [bar] = (await klines('1m', `startTime=${start}&limit=1`)) as [Row];
    const page = await get<{ p: string; q: string; f: number; l: number; m: boolean }[]>(
      `/api/v3/aggTrades?symbol=BTCUSDT&startTime=${start}&endTime=${start + MINUTE_MS - 1}&limit=1000`,
    );
    const prices = page.map((trade) => Number(trade.p));
    expect([prices[0], Math.max(...prices), Math.min(...prices), prices.at(-1)]).toEqual(
      bar.slice(1, 5).map(Number),
    );
    const volume = (trades: typeof page) => trades.reduce((total, trade) => total + Number(trade.q), 0);
    expect(volume(page)).toBeCloseTo(Number(bar[5]), 8);
    expect(volume(page.filter((trade) => !trade.m))).toBeCloseTo(Number(bar[9]), 8);
    expect(page.at(-1)!.l - page[0]!.f + 1).toBe(bar[8]);
  });

  it('ranges follow the rule: start counts from it, end alone counts back, both cap', async () => {
    const start = Date.UTC(2026, 1, 1);
    const opens = async (query: string) => (await klines('1h', query)).map((row) => row[0]);
    expect(await opens(`startTime=${start}&limit=3`)).toEqual([start, start + HOUR_MS, start + 2 * HOUR_MS]);
    expect(await opens(`startTime=${start + 1}&limit=1`)).toEqual([start + HOUR_MS]);
    expect(await opens(`endTime=${start}&limit=2`)).toEqual([start - HOUR_MS, start]);
    expect(await opens(`startTime=${start}&endTime=${start + HOUR_MS}`)).toEqual([start, start + HOUR_MS]);
    expect(await opens(`startTime=${start * 1000}&limit=1`)).toEqual([start]);
    expect(await opens(`startTime=${START_MS + 24 * HOUR_MS}`)).toEqual([]);
    expect(await opens('startTime=0&limit=1')).toEqual([Date.UTC(2026, 0, 1)]);
    expect((await opens('')).length).toBe(500);
    expect((await opens('limit=5000')).length).toBe(1000);
  });

  it('the last row is the unfinished bar', async () => {
    const rows = await klines('1h', 'limit=2');
    expect(rows[1]![0]).toBe(Date.UTC(2026, 2, 2, 14));
    expect(rows[1]![6]).toBeGreaterThan(START_MS + MINUTE_MS);
    const minutes = await klines('1m', `startTime=${rows[1]![0]}&limit=60`);
    expect(rows[1]![1]).toBe(minutes[0]![1]);
    expect(minutes.length).toBe(38);
  });

  it('history does not depend on when the exchange was started', async () => {
    await using other = await createExchange({ ...OPTIONS, startMs: START_MS + 9 * HOUR_MS });
    const query = `startTime=${Date.UTC(2026, 1, 10)}&limit=200`;
    const elsewhere = await fetch(`${other.url}/api/v3/klines?symbol=ETHUSDT&interval=5m&${query}`);
    expect(await elsewhere.json()).toEqual(await klines('5m', query, 'ETHUSDT'));
  });

  it('a thousand bars of any interval are a small computation', () => {
    const { market, clock } = exchange;
    for (const name of ['1m', '5m', '15m', '1h']) {
      const interval = {
        name,
        widthMs: { '1m': 1, '5m': 5, '15m': 15, '1h': 60 }[name]! * MINUTE_MS,
        phaseMs: 0,
      };
      const bars = market.klines(1, interval, { endMs: START_MS - HOUR_MS }, 1000, clock.nowUs());
      expect(bars).toHaveLength(1000);
    }
  });
});

describe('trades', () => {
  it('ids are contiguous across pages, bars and both endpoints', async () => {
    type Agg = { a: number; f: number; l: number; T: number };
    const first = await get<Agg[]>('/api/v3/aggTrades?symbol=ETHUSDT&fromId=100000&limit=1000');
    const second = await get<Agg[]>(
      `/api/v3/aggTrades?symbol=ETHUSDT&fromId=${first.at(-1)!.a + 1}&limit=1000`,
    );
    const all = [...first, ...second];
    for (let i = 1; i < all.length; i++) {
      expect(all[i]!.a).toBe(all[i - 1]!.a + 1);
      expect(all[i]!.f).toBe(all[i - 1]!.l + 1);
      expect(all[i]!.T).toBeGreaterThanOrEqual(all[i - 1]!.T);
    }
    const trades = await get<{ id: number }[]>(
      `/api/v3/historicalTrades?symbol=ETHUSDT&fromId=${first[0]!.f}&limit=1000`,
    );
    expect(trades.map((trade) => trade.id)).toEqual(trades.map((_, i) => first[0]!.f + i));
  });

  it('the newest page ends at now and nothing lies in the future', async () => {
    const page = await get<{ T: number }[]>('/api/v3/aggTrades?symbol=BTCUSDT');
    expect(page).toHaveLength(500);
    expect(page.at(-1)!.T).toBeLessThanOrEqual(exchange.clock.nowUs() / 1000);
    expect(await get('/api/v3/historicalTrades?symbol=BTCUSDT&fromId=99999999999')).toEqual([]);
  });

  it('REST may lag behind the streams', async () => {
    await using lagging = await createExchange({ ...OPTIONS, restLagMs: 60_000 });
    const page = (await (await fetch(`${lagging.url}/api/v3/aggTrades?symbol=BTCUSDT&limit=1`)).json()) as [
      { T: number },
    ];
    expect(page[0].T).toBeLessThanOrEqual(lagging.clock.nowUs() / 1000 - 60_000);
  });

  it('microseconds are told where asked for', async () => {
    const headers = { 'X-MBX-TIME-UNIT': 'MICROSECOND' };
    const { serverTime } = await get<{ serverTime: number }>('/api/v3/time', headers);
    expect(serverTime).toBeGreaterThan(1e15);
    const [trade] = await get<[{ T: number }]>('/api/v3/aggTrades?symbol=BTCUSDT&limit=1', headers);
    expect(trade.T).toBeGreaterThan(1e15);
  });
});

describe('tickers', () => {
  it('prices, quotes and averages agree with the last trade', async () => {
    const all = await get<{ symbol: string; price: string }[]>('/api/v3/ticker/price');
    expect(all.map((row) => row.symbol)).toEqual(OPTIONS.symbols);
    const quote = await get<{ bidPrice: string; askPrice: string }>(
      '/api/v3/ticker/bookTicker?symbol=BTCUSDT',
    );
    expect(Number(quote.askPrice)).toBeGreaterThan(Number(quote.bidPrice));
    const { mins, price } = await get<{ mins: number; price: string }>('/api/v3/avgPrice?symbol=BTCUSDT');
    expect(mins).toBe(5);
    expect(Math.abs(Math.log(Number(price) / Number(all[0]!.price)))).toBeLessThan(0.05);
    const two = await get<unknown[]>(
      `/api/v3/ticker/price?symbols=${encodeURIComponent('["BTCUSDT","SOLUSDT"]')}`,
    );
    expect(two).toHaveLength(2);
  });

  it('the listing names every symbol with its grids and limits', async () => {
    const info = await get<{
      rateLimits: { limit: number }[];
      symbols: { status: string; baseAsset: string }[];
    }>('/api/v3/exchangeInfo');
    expect(info.rateLimits[0]!.limit).toBe(6000);
    expect(info.symbols.map((symbol) => [symbol.baseAsset, symbol.status])).toEqual([
      ['BTC', 'TRADING'],
      ['ETH', 'TRADING'],
      ['SOL', 'TRADING'],
    ]);
  });
});

describe('refusals', () => {
  it.each([
    ['/api/v3/klines?interval=1m', 400, -1102],
    ['/api/v3/klines?symbol=BTCUSDT', 400, -1102],
    ['/api/v3/klines?symbol=NOPEUSDT&interval=1m', 400, -1121],
    ['/api/v3/klines?symbol=btcusdt&interval=1m', 400, -1121],
    ['/api/v3/klines?symbol=BTCUSDT&interval=7m', 400, -1120],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=x', 400, -1100],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=0', 400, -1130],
    ['/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime=-5', 400, -1100],
    ['/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=5', 400, -1128],
    ['/api/v3/ticker/price?symbols=BTCUSDT', 400, -1100],
  ])('%s is answered %i %i', async (path, status, code) => {
    const response = await fetch(exchange.url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, msg: expect.any(String) });
  });

  it('used weight is told, and over the limit comes 429 with the wait', async () => {
    await using strict = await createExchange({ ...OPTIONS, weightLimit: 3 });
    const first = await fetch(`${strict.url}/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1`);
    expect(first.headers.get('x-mbx-used-weight-1m')).toBe('2');
    const refused = await fetch(`${strict.url}/api/v3/aggTrades?symbol=BTCUSDT&limit=1`);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await refused.json()).toMatchObject({ code: -1003 });
  });
});

describe('the admin side', () => {
  it('tells provenance and state, and knows the true law where there is one', async () => {
    expect(await get('/exchange/provenance')).toEqual({ provenance: 'synthetic' });
    expect(await get('/exchange/state')).toMatchObject({ provenance: 'synthetic', linksOpen: 0 });
    const openTime = Date.UTC(2026, 2, 2, 14, 35);
    const path = `/exchange/law?symbol=BTCUSDT&openTime=${openTime}&probability=0.01`;
    expect((await fetch(exchange.url + path)).status).toBe(404);
    await using known = await createExchange({
      ...OPTIONS,
      rootIntervalMs: 5 * MINUTE_MS,
      law: { kind: 'garch-t' },
    });
    const { quantile } = (await (await fetch(known.url + path)).json()) as { quantile: number };
    expect(quantile).toBeLessThan(0);
    expect(quantile).toBe(known.trueQuantile('BTCUSDT', openTime, 0.01));
  });

  it('a regime is set by a call and refused where it makes no sense', async () => {
    const set = (body: unknown) =>
      fetch(`${exchange.url}/exchange/regime`, { method: 'POST', body: JSON.stringify(body) });
    expect((await set({ volatilityScale: 1 })).status).toBe(200);
    expect((await set({ volatilityScale: -1 })).status).toBe(400);
    expect((await set('no')).status).toBe(400);
  });
});
