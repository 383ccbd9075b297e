import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { ExchangeClient } from '../support/exchange-client.ts';

const STREAM = 'btcusdt@trade';

let exchange: Exchange;
const clients: ExchangeClient[] = [];

async function connect(path = `/stream?streams=${STREAM}`): Promise<ExchangeClient> {
  const client = await ExchangeClient.open(exchange.wsUrl + path);
  clients.push(client);
  return client;
}

function ids(client: ExchangeClient): number[] {
  return client.payloads(STREAM).map((trade) => trade['t'] as number);
}

function gaps(sequence: readonly number[]): number {
  return sequence.filter((id, i) => i > 0 && id > sequence[i - 1]! + 1).length;
}

async function plant(fault: unknown): Promise<Response> {
  return fetch(`${exchange.url}/exchange/faults`, { method: 'POST', body: JSON.stringify(fault) });
}

beforeEach(async () => {
  exchange = await createExchange({
    seed: 5,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    tradesPerSecond: 200,
    startMs: Date.UTC(2026, 2, 2, 14),
    listedMs: Date.UTC(2026, 2, 1),
  });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await exchange.close();
});

describe('planted faults on streams', () => {
  it('lost frames are exactly the ids missing from the stream, run by run', async () => {
    const client = await connect();
    await client.until(() => ids(client).length > 0);
    exchange.admin({ kind: 'lose-frames', stream: STREAM, fraction: 0.2 });
    await client.until(() => ids(client).length > 200);
    exchange.clearFaults();
    const after = ids(client).length;
    await client.until(() => ids(client).length > after + 20);
    const tally = exchange.state().faults.streams[STREAM]!;
    const seen = ids(client);
    expect(tally.lost).toBe(seen.at(-1)! - seen[0]! + 1 - seen.length);
    expect(tally.lossRuns).toBe(gaps(seen));
    expect(tally.lost).toBeGreaterThan(10);
  });

  it('a stalled stream falls silent while its neighbour on the same link goes on', async () => {
    const client = await connect(`/stream?streams=${STREAM}/ethusdt@trade`);
    await client.until(() => ids(client).length > 0);
    exchange.admin({ kind: 'stall-stream', stream: STREAM, forMs: 300 });
    const before = ids(client).length;
    const neighbour = client.payloads('ethusdt@trade').length;
    await client.until(() => client.payloads('ethusdt@trade').length > neighbour + 20);
    expect(ids(client).length).toBe(before);
    await client.until(() => ids(client).length > before);
    expect(gaps(ids(client))).toBe(1);
  });

  it('a frozen symbol stands still on streams and REST alike, and goes on without a gap', async () => {
    const client = await connect(`/stream?streams=${STREAM}/ethusdt@trade`);
    await client.until(() => ids(client).length > 0);
    exchange.admin({ kind: 'freeze-symbol', symbol: 'BTCUSDT' });
    const neighbour = client.payloads('ethusdt@trade').length;
    await client.until(() => client.payloads('ethusdt@trade').length > neighbour + 40);
    const newest = await (await fetch(`${exchange.url}/api/v3/trades?symbol=BTCUSDT&limit=1`)).json();
    expect(newest).toMatchObject([{ id: ids(client).at(-1) }]);
    const before = ids(client).length;
    exchange.clearFaults();
    await client.until(() => ids(client).length > before);
    expect(gaps(ids(client))).toBe(0);
  });

  it('skipped ids make one gap of the asked size', async () => {
    const client = await connect();
    exchange.admin({ kind: 'skip-ids', stream: STREAM, count: 7 });
    await client.until(() => ids(client).length > 50);
    const seen = ids(client);
    const lost = exchange.state().faults.streams[STREAM]!.lost;
    expect(lost).toBe(7);
    expect(gaps(seen)).toBeLessThanOrEqual(1);
  });

  it('dropped links close without a handshake and repeat their last frames on return', async () => {
    exchange.admin({ kind: 'duplicate-on-subscribe', frames: 5 });
    const first = await connect();
    await first.until(() => ids(first).length > 10);
    exchange.admin({ kind: 'drop-links' });
    expect(await first.closed()).toBe(1006);
    const second = await connect();
    await second.until(() => ids(second).length > 5);
    expect(ids(second).slice(0, 5)).toEqual(ids(first).slice(-5));
    expect(exchange.state()).toMatchObject({ linksDropped: 1, linksTotal: 2 });
  });

  it('broken frames come in addition to whole ones', async () => {
    const client = await connect();
    await client.until(() => ids(client).length > 0);
    exchange.admin({ kind: 'malformed', stream: STREAM, count: 6 });
    const parses = (text: string) => {
      try {
        return JSON.parse(text)?.data?.t > 0 && JSON.parse(text).data.e === 'trade';
      } catch {
        return false;
      }
    };
    await client.until(() => client.texts.filter((text) => !parses(text)).length >= 5);
    await client.until(() => client.texts.length > 100);
    const whole = client.texts
      .filter(parses)
      .map((text) => JSON.parse(text) as { data: { t: number; p: string } });
    const healthy = whole.filter((message) => message.data.p !== 'NaN').map((message) => message.data.t);
    expect(gaps(healthy)).toBe(0);
    expect(exchange.state().faults.streams[STREAM]!.malformed).toBe(6);
  });

  it('a shutdown is announced in the form of each link', async () => {
    const combined = await connect();
    const raw = await connect(`/ws/${STREAM}`);
    exchange.admin({ kind: 'shutdown-notice', dropAfterMs: 20 });
    await Promise.all([combined.closed(), raw.closed()]);
    expect(
      combined.texts.some((t) =>
        /^\{"stream":"!serverShutdown","data":\{"e":"serverShutdown","E":\d{13}\}\}$/.test(t),
      ),
    ).toBe(true);
    expect(raw.texts.some((t) => /^\{"e":"serverShutdown","E":\d{13}\}$/.test(t))).toBe(true);
  });

  it('refused connections fail, and work again once the fault ends', async () => {
    exchange.admin({ kind: 'refuse-connections', count: 1 });
    await expect(connect()).rejects.toThrow();
    exchange.admin({ kind: 'refuse-connections', count: 1, status: 503 });
    await expect(connect()).rejects.toThrow(/503/);
    const client = await connect();
    await client.until(() => ids(client).length > 0);
  });
});

describe('planted faults on REST', () => {
  it.each([429, 418, 451, 403, 500, 503])(
    'status %i is answered as often as asked, then no more',
    async (status) => {
      expect((await plant({ kind: 'rest-status', status, count: 2, retryAfterSeconds: 3 })).status).toBe(200);
      const seen: number[] = [];
      for (let i = 0; i < 3; i++) {
        const response = await fetch(`${exchange.url}/api/v3/time`);
        seen.push(response.status);
        if (response.status === 429 || response.status === 418) {
          expect(response.headers.get('retry-after')).toBe('3');
          expect(await response.json()).toMatchObject({ code: -1003 });
        } else await response.text();
      }
      expect(seen).toEqual([status, status, 200]);
    },
  );

  it('slow REST waits, and a wrong clock tells a wrong time', async () => {
    exchange.admin({ kind: 'slow-rest', ms: 120, count: 1, path: '/api/v3/time' });
    exchange.admin({ kind: 'clock-skew', ms: 60_000 });
    const begun = performance.now();
    const { serverTime } = (await (await fetch(`${exchange.url}/api/v3/time`)).json()) as {
      serverTime: number;
    };
    expect(performance.now() - begun).toBeGreaterThan(110);
    expect(serverTime - exchange.clock.nowUs() / 1000).toBeGreaterThan(50_000);
    exchange.clearFaults();
    expect(exchange.clock.skewMs).toBe(0);
  });

  it('a fault that makes no sense is refused with what is wrong', async () => {
    for (const [fault, message] of [
      [{ kind: 'nonsense' }, /kind must be one of/],
      [{ kind: 'lose-frames', fraction: 2 }, /fraction/],
      [{ kind: 'slow-rest' }, /ms/],
      [{ kind: 'drop-links', extra: 1 }, /additional/],
      ['text', /kind must be one of/],
    ] as const) {
      const response = await plant(fault);
      expect(response.status).toBe(400);
      expect(((await response.json()) as { msg: string }).msg).toMatch(message);
    }
  });
});
