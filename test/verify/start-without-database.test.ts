/**
 * A replica that starts while its database is away: it answers from what the market gives, says what it lacks,
 * and is whole again by itself when the database is back.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { startService } from '../support/running-service.ts';
import { type TcpGate, tcpGate } from '../support/tcp-gate.ts';
import { tempDir } from '../support/temp-dir.ts';

const BOOK = { positions: [{ symbol: 'BTCUSDT', quantity: '1' }] };
const QUICK = {
  SYMBOLS: 'BTCUSDT',
  BAR_INTERVALS: '1h',
  DRAIN_MS: '0',
  SANDBOX_PROVIDER: 'local',
  ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
};

interface Health {
  ready: boolean;
  status: string;
  checks: { name: string; status: string; detail?: string }[];
}

describe('a service that starts without its database', { timeout: 120_000 }, () => {
  let exchange: Exchange;
  let server: TestPostgres;
  let gate: TcpGate;
  let url: URL;
  beforeAll(async () => {
    exchange = await createExchange({ symbols: ['BTCUSDT'], tradesPerSecond: 20 });
    server = await startPostgres();
    url = new URL(await server.database());
    gate = await tcpGate(Number(url.port));
    url.port = `${gate.port}`;
  });
  afterAll(async () => {
    await gate.close();
    await server.close();
    await exchange.close();
  });

  const start = (dataDir: string, env: Record<string, string> = {}) =>
    startService({ exchange, dataDir, env: { ...QUICK, DATABASE_URL: url.href, ...env } });

  it.each([
    ['an empty database', 0],
    ['the database of an earlier life', 1],
  ])('answers, says what it lacks, and is whole again when %s is back', async (_name, lives) => {
    using dir = tempDir('late-store');
    gate.shut();
    const service = await start(dir.path);
    const check = async (name: string) => {
      const { checks } = (await (await service.get('/health')).json()) as Health;
      return checks.find((each) => each.name === name);
    };
    const json = async <T>(path: string) => (await (await service.get(path)).json()) as T;
    await service.ready();

    const answers = await Promise.all(Array.from({ length: 5 }, () => service.post('/v1/var', BOOK)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const lineages = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { lineageId: string }).lineageId),
    );
    expect(await check('store')).toMatchObject({ status: 'degraded' });
    expect((await check('store'))?.detail).toMatch(/not reached since the start/);
    expect((await json<{ verdict: string }>('/v1/compliance/status')).verdict).not.toBe('pass');
    const book = { name: 'b', ...BOOK };
    expect((await service.post('/v1/portfolios', book)).status).toBe(503);
    expect((await service.get('/v1/audit')).status).toBe(503);

    gate.open();
    await expect.poll(async () => (await check('store'))?.status, { timeout: 30_000 }).toBe('ok');
    expect((await service.post('/v1/portfolios', book)).status).toBe(201);
    await expect
      .poll(async () => json<{ ok: boolean }>('/v1/audit/verify'), { timeout: 20_000 })
      .toMatchObject({ ok: true });
    const { items } = await json<{ items: { subject: string; details: { lineageId?: string } }[] }>(
      '/v1/audit?action=var.answered&limit=1000',
    );
    const audited = JSON.stringify(items);
    expect(lineages.filter((id) => !audited.includes(id))).toEqual([]);
    await expect
      .poll(async () => (await json<{ items: { running?: string }[] }>('/v1/models')).items[0]?.running, {
        timeout: 30_000,
      })
      .toBeDefined();
    const { items: books } = await json<{ items: unknown[] }>('/v1/portfolios');
    expect(books.length).toBeGreaterThan(lives);
    expect(await service.stop()).toBe(0);
  });

  it.each([
    ['a database that does not exist', { pathname: '/nowhere' }],
    ['a user that does not exist', { username: 'nobody-knows' }],
  ])('leaves at once with a word on the settings for %s', async (_name, wrong) => {
    if (!server.managed) return;
    using dir = tempDir('wrong-database');
    gate.open();
    const named = Object.assign(new URL(url.href), wrong, { password: 'MARKpassword' });
    const left = start(dir.path, { DATABASE_URL: named.href });
    await expect(left).rejects.toThrow(/left with 2: 1 fault in the configuration:\s+DATABASE_URL/);
    await expect(left).rejects.not.toThrow(/MARKpassword/);
  });
});
