import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const BOOK = {
  positions: [
    { symbol: 'BTCUSDT', quantity: '0.5' },
    { symbol: 'ETHUSDT', quantity: '-4' },
    { symbol: 'SOLUSDT', notional: '10000' },
  ],
  confidence: [0.95, 0.99],
  horizon: ['PT1H', 'P1D'],
  contributions: true,
};

interface Estimate {
  estimate: number;
  lower: number;
  upper: number;
}
interface Answer {
  results: {
    confidence: number;
    horizon: string;
    var: Estimate;
    es: Estimate;
    contributions: { componentVar: number }[];
  }[];
  quality: { status: string; maxAgeMs: number };
  provenance: string;
  compliance: { verdict: string; failing: string[] };
}

/** Prices do not enter, and its bars close once a day. */
const STEADY_BOOK = {
  positions: [
    { symbol: 'BTCUSDT', notional: '1000' },
    { symbol: 'ETHUSDT', notional: '-700' },
    { symbol: 'SOLUSDT', notional: '300' },
  ],
  confidence: [0.95, 0.99],
  horizon: ['P1D'],
};

const EXCHANGE = { symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'], tradesPerSecond: 20 };

let exchange: Exchange;
let folder: TempDir;
let service: RunningService;

async function restart(): Promise<RunningService> {
  const again = await startService({ exchange, dataDir: folder.path });
  await again.ready();
  return again;
}

const answer = async (from = service) => (await (await from.post('/v1/var', BOOK)).json()) as Answer;

/** Waits out a feed that fell behind while another service started on the same processors. */
const steady = (from: RunningService) =>
  vi.waitFor(
    async () => {
      const reply = await from.post('/v1/var', STEADY_BOOK);
      expect(reply.status).toBe(200);
      return JSON.stringify(((await reply.json()) as Answer).results);
    },
    { timeout: 20_000, interval: 100 },
  );

const versions = async (from: RunningService) => {
  const { items } = (await (await from.get('/v1/models')).json()) as { items: { running?: string }[] };
  return items.map(({ running }) => running);
};

beforeAll(async () => {
  exchange = await createExchange(EXCHANGE);
  folder = tempDir('service');
  service = await startService({
    exchange,
    dataDir: folder.path,
    env: { STALE_AFTER_MS: '1500', MAX_STALE_MS: '4000' },
  });
  await service.ready();
}, 120_000);
afterAll(async () => {
  service.child.kill('SIGKILL');
  await service.exited;
  await exchange.close();
  folder[Symbol.dispose]();
});

describe('the service against an exchange', { timeout: 60_000 }, () => {
  it('answers a long-short book of three assets, fresh, and says that its data are synthetic', async () => {
    const first = await vi.waitFor(
      async () => {
        const one = await answer();
        expect(one.compliance).toBeDefined();
        return one;
      },
      { timeout: 10_000 },
    );
    expect(first.compliance.failing).toContain('real-data');
    const { results, provenance } = await answer();
    expect(results).toHaveLength(4);
    for (const { var: loss, es, contributions } of results) {
      expect(loss.lower).toBeLessThanOrEqual(loss.estimate);
      expect(loss.upper).toBeGreaterThanOrEqual(loss.estimate);
      expect(es.estimate).toBeGreaterThanOrEqual(loss.estimate);
      const sum = contributions.reduce((total, { componentVar }) => total + componentVar, 0);
      expect(sum / loss.estimate).toBeCloseTo(1, 6);
    }
    await expect.poll(async () => (await answer()).quality?.status, { timeout: 20_000 }).toBe('fresh');
    expect(provenance).toBe('synthetic');
  });

  it('takes the VaR of a stored book apart: components, tail scenarios, models and lineage', async () => {
    interface Explained {
      var: Estimate;
      es: Estimate;
      components: { symbol: string; componentVar: number; shareOfEs: number }[];
      tail: { probability: number; loss: number; items: { symbol: string; return: number; pnl: number }[] }[];
      voices: {
        symbol: string;
        interval: string;
        modelId: string;
        version: string;
        steps: number;
        weights: { weight: number }[];
      }[];
      lineageId: string;
    }
    const positions = [
      { symbol: 'BTCUSDT', quantity: '0.5' },
      { symbol: 'ETHUSDT', quantity: '-4' },
    ];
    await expect.poll(() => versions(service), { timeout: 20_000 }).not.toContain(undefined);
    for (const held of [positions, positions.slice(0, 1)]) {
      const made = await service.post('/v1/portfolios', { name: 'explained', positions: held });
      const { id } = (await made.json()) as { id: string };
      const url = `/v1/portfolios/${id}/var/explain?confidence=0.975&horizon=PT4H`;
      const told = (await (await service.get(url)).json()) as Explained;
      const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
      expect(sum(told.components.map(({ componentVar }) => componentVar))).toBeCloseTo(told.var.estimate, 6);
      expect(sum(told.components.map(({ shareOfEs }) => shareOfEs))).toBeCloseTo(1, 9);
      expect(sum(told.tail.map(({ probability }) => probability))).toBeCloseTo(0.025, 9);
      expect(sum(told.tail.map(({ loss }) => loss)) / told.tail.length / told.es.estimate).toBeCloseTo(1, 6);
      for (const { loss, items } of told.tail) expect(-sum(items.map(({ pnl }) => pnl))).toBeCloseTo(loss, 6);
      expect(told.tail[0]!.items[0]!.return).toBeLessThan(0);
      expect(told.voices.map(({ symbol, interval, steps }) => [symbol, interval, steps])).toEqual(
        held.map(({ symbol }) => [symbol, 'PT1H', 4]),
      );
      for (const { symbol, modelId, version, weights } of told.voices) {
        expect(sum(weights.map(({ weight }) => weight))).toBeCloseTo(1, 6);
        expect(modelId).toBe(`${symbol}:1h`);
        const stored = await service.get(`/v1/models/${modelId}/versions/${version}`);
        expect(await stored.json()).toMatchObject({ modelId, version, role: 'champion' });
      }
      expect(told.lineageId).toMatch(/^[0-9a-f]{64}$/);
    }
    expect((await service.get('/v1/portfolios/account/var/explain')).status).toBe(404);
    expect((await service.get('/v1/portfolios/account/var/explain?confidence=2&more=1')).status).toBe(400);
  });

  it('adopts its first fits as champions', async () => {
    await expect.poll(() => versions(service), { timeout: 30_000 }).not.toContain(undefined);
  });

  it('a second service on the same bars and seed gives the same figures to the last bit', async () => {
    using other = tempDir('service-twin');
    const twin = await startService({ exchange, dataDir: other.path });
    await twin.ready();
    expect(await steady(twin)).toBe(await steady(service));
    expect(await twin.stop()).toBe(0);
  });

  it('says stale when the exchange dies, refuses past the limit, and recovers by itself when it is back', async () => {
    const { port } = exchange;
    await expect.poll(async () => (await answer()).quality?.status, { timeout: 20_000 }).toBe('fresh');
    await exchange.close();
    await expect.poll(async () => (await answer()).quality?.status, { timeout: 20_000 }).toBe('stale');
    await expect
      .poll(async () => (await service.post('/v1/var', BOOK)).status, { timeout: 20_000 })
      .toBe(503);
    expect((await service.get('/health/live')).status).toBe(200);
    expect((await service.get('/health/ready')).status).toBe(200);
    exchange = await createExchange({ ...EXCHANGE, port });
    await expect
      .poll(async () => (await answer()).quality?.status, { timeout: 20_000 })
      .toMatch(/fresh|degraded/);
  });

  it('loses no request of clients that leave when it announces its end, and starts again on its champions with the same joint law', async () => {
    if (service.child.exitCode !== null) service = await restart();
    const before = await steady(service);
    const champions = await versions(service);
    const failures: string[] = [];
    let answered = 0;
    let left = 0;
    /** As a balancer's connection would: moves on once told that this one closes. */
    const client = async () => {
      for (;;) {
        const reply = await service.post('/v1/var', BOOK).catch((error: Error) => error);
        if (reply instanceof Error) {
          failures.push(String(reply.cause ?? reply));
          return;
        }
        await reply.arrayBuffer();
        if (reply.status === 200) answered++;
        else failures.push(`status ${reply.status}`);
        if (reply.headers.get('connection') !== 'close') continue;
        left++;
        return;
      }
    };
    const clients = Array.from({ length: 8 }, client);
    await expect.poll(() => answered, { timeout: 20_000 }).toBeGreaterThan(50);
    expect(await service.stop()).toBe(0);
    await Promise.all(clients);
    expect({ failures, left }).toEqual({ failures: [], left: 8 });
    service = await restart();
    expect(await versions(service)).toEqual(champions);
    expect(await steady(service)).toBe(before);
  });
});
