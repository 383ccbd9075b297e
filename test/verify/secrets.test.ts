/**
 * Secrets planted in every setting that takes one, and a book with a telling quantity: after a life of good
 * and bad requests, an outage and a stop, none of them stands in a log line, an answer, a metric, the audit
 * log, the database, a file, a diagnostic report of the running process or the printed table of settings.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConfig } from '#config/describe-config.ts';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { type E2bDouble, startE2bDouble } from '../support/e2b-double.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { startService } from '../support/running-service.ts';
import { tempDir } from '../support/temp-dir.ts';

const marker = (name: string) => `MARK${name}${randomBytes(8).toString('hex')}`;

/** Known to the exchange, which refuses what is signed with another secret. */
const EXCHANGE_KEY = marker('KEY');

/** Empty until it is whole. */
function reportOf(folder: string): string {
  const path = join(folder, 'report.json');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.trimEnd().endsWith('}') ? text : '';
}

describe('planted secrets', () => {
  let exchange: Exchange;
  let server: TestPostgres;
  let e2b: E2bDouble;
  beforeAll(async () => {
    exchange = await createExchange({
      symbols: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'],
      tradesPerSecond: 20,
      account: { keys: [{ kind: 'hmac', apiKey: EXCHANGE_KEY, secret: 'another' }], balances: [] },
    });
    e2b = await startE2bDouble();
    server = await startPostgres();
  });
  afterAll(async () => {
    await exchange.close();
    await e2b.close();
    await server.close();
  });

  it('stay out of logs, answers, metrics, audit, database, files and diagnostic reports', async () => {
    using dir = tempDir('secrets');
    const database = new URL(await server.database());
    database.password = marker('DBPASS');
    const secrets = {
      AUTH_TOKENS: marker('TOKEN'),
      BINANCE_API_KEY: EXCHANGE_KEY,
      BINANCE_SECRET_KEY: marker('SECRET'),
      BVAR_DEV_TOKEN: marker('DEVTOKEN'),
      E2B_API_TOKEN: marker('SANDBOX'),
      SLACK_WEBHOOK_URL: `https://hooks.example.com/${marker('HOOK')}`,
      PAGERDUTY_API_KEY: marker('PAGER'),
      ENCRYPTION_KEYS: randomBytes(32).toString('base64'),
    };
    const named = describeConfig().filter(({ secret }) => secret);
    expect(Object.keys({ ...secrets, DATABASE_URL: '' }).toSorted()).toEqual(
      named.map(({ name }) => name).toSorted(),
    );
    const quantity = '71.94283650117';
    const service = await startService({
      exchange,
      dataDir: dir.path,
      env: {
        ...secrets,
        AUTH_TOKENS: `ops:read+write+admin+audit:${secrets.AUTH_TOKENS}`,
        ENCRYPTION_KEYS: `k1:${secrets.ENCRYPTION_KEYS}`,
        DATABASE_URL: database.href,
        BINANCE_ACCOUNT_URL: exchange.url,
        SANDBOX_PROVIDER: 'e2b',
        E2B_API_URL: e2b.url,
        E2B_SANDBOX_URL: e2b.url,
        LOG_LEVEL: 'trace',
        NODE_OPTIONS: `--report-on-signal --report-directory=${dir.path} --report-filename=report.json`,
      },
    });
    const seen: string[] = [];
    const headers = { authorization: `Bearer ${secrets.AUTH_TOKENS}`, 'content-type': 'application/json' };
    const call = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
      const reply = await fetch(`${service.url}${path}`, {
        method,
        headers: { ...headers, ...more },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await reply.text();
      seen.push(`${JSON.stringify([...reply.headers])} ${text}`);
      return { status: reply.status, text };
    };
    await service.ready();
    const made = await call('POST', '/v1/tokens', { name: 'made', scopes: ['read'] });
    seen.pop();
    const token = (JSON.parse(made.text) as { token: string }).token;
    const book = { name: 'book', positions: [{ symbol: 'BTCUSDT', quantity }] };
    const created = await call('POST', '/v1/portfolios', book, { 'idempotency-key': 'once' });
    seen.pop();
    expect([made.status, created.status]).toEqual([201, 201]);
    const { id } = JSON.parse(created.text) as { id: string };
    await call('GET', `/v1/portfolios/${id}/var`);
    await call('GET', '/v1/instruments', undefined, { authorization: `Bearer ${token}` });
    await call('GET', '/v1/instruments', undefined, { authorization: `Bearer ${secrets.BVAR_DEV_TOKEN}` });
    // Both providers have seen their keys and refused them: the sandbox key is unknown, the signature is wrong.
    await expect
      .poll(async () => (await call('GET', '/health')).text, { timeout: 20_000 })
      .toMatch(/-1022.*Signature for this request/);
    await expect
      .poll(() => service.lines.join(''), { timeout: 20_000 })
      .toMatch(/sandbox could not be created/);
    await call('GET', '/v1/instruments', undefined, { authorization: `Bearer ${marker('WRONG')}` });
    await call('POST', '/v1/var', { positions: 'no' });
    await call('POST', '/v1/var', { positions: [{ symbol: 'BTCUSDT', quantity: 1 }] });
    await server.kill();
    const without = [
      await call('GET', '/v1/portfolios'),
      await call('POST', '/v1/portfolios', book),
      await call('POST', '/v1/var', { positions: [{ symbol: 'BTCUSDT', quantity: 1 }] }),
    ];
    expect(without.map(({ status }) => status)).toEqual([503, 503, 200]);
    await server.start();
    await expect
      .poll(async () => (await call('GET', '/v1/audit/verify')).text, { timeout: 20_000 })
      .toContain('"ok":true');
    for (const path of [
      '/health',
      '/metrics',
      '/openapi.json',
      '/v1/audit?limit=1000',
      '/v1/compliance/report',
      '/v1/tokens',
      '/v1/models',
    ])
      await call('GET', path);
    service.child.kill('SIGUSR2');
    await expect.poll(() => reportOf(dir.path), { timeout: 20_000 }).toContain('"BINANCE_ACCOUNT_URL"');
    expect(await service.stop()).toBe(0);
    const settings = join(import.meta.dirname, '../../src/cli/settings.ts');
    seen.push(spawnSync(process.execPath, [settings], { env: secrets, encoding: 'utf8' }).stdout);

    const client = new pg.Client(database.href);
    await client.connect();
    const tables = await client.query<{ name: string }>(
      "select table_name as name from information_schema.tables where table_schema = 'public'",
    );
    for (const { name } of tables.rows)
      seen.push(JSON.stringify((await client.query(`select * from "${name}"`)).rows));
    await client.end();
    for (const name of readdirSync(dir.path, { recursive: true, encoding: 'utf8' })) {
      const path = join(dir.path, name);
      if (statSync(path).isFile()) seen.push(readFileSync(path, 'latin1'));
    }
    const everything = [...service.lines, ...seen].join('\n');
    const planted = { ...secrets, database: database.password, token, quantity };
    const leaked = Object.entries(planted).filter(([, secret]) => everything.includes(secret));
    expect(leaked.map(([name]) => name)).toEqual([]);
    expect(everything).toContain('portfolio.create');
    expect(everything).not.toMatch(/MARKWRONG/);
  });
});
