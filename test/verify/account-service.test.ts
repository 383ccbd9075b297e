import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { startService } from '../support/running-service.ts';
import { tempDir } from '../support/temp-dir.ts';

const STRONG_KEY = 's'.repeat(64);
const READING_KEY = 'r'.repeat(64);
const SECRET = 'h'.repeat(64);
const pair = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

interface Health {
  status: string;
  checks: { name: string; status: string; detail?: string }[];
}
interface Compliance {
  rules: { rule: string; verdict: string; reasons: string[] }[];
}

let exchange: Exchange;
beforeAll(async () => {
  exchange = await createExchange({
    symbols: ['BTCUSDT'],
    tradesPerSecond: 20,
    account: {
      keys: [
        { kind: 'hmac', apiKey: STRONG_KEY, secret: SECRET, rights: ['enableSpotAndMarginTrading'] },
        { kind: 'public', apiKey: READING_KEY, publicKey: pair.publicKey },
      ],
      balances: [{ asset: 'BTC', free: '0.5', locked: '0.25' }],
    },
  });
});
afterAll(() => exchange.close());

async function serviceWith(apiKey: string, secret: string, dataDir: string) {
  const service = await startService({
    exchange,
    dataDir,
    env: {
      SYMBOLS: 'BTCUSDT',
      BAR_INTERVALS: '1h',
      DRAIN_MS: '0',
      BINANCE_API_KEY: apiKey,
      BINANCE_SECRET_KEY: secret,
      BINANCE_ACCOUNT_URL: exchange.url,
    },
  });
  const read = async <T>(path: string) => (await (await service.get(path)).json()) as T;
  await service.ready();
  return {
    service,
    accountCheck: async () => (await read<Health>('/health')).checks.find(({ name }) => name === 'account'),
    keyProbe: async () => {
      const { rules } = await read<Compliance>('/v1/compliance/status');
      return rules.find(({ rule }) => rule === 'security');
    },
  };
}

describe('the service with an exchange key', { timeout: 60_000 }, () => {
  it('that can trade: health and compliance say so, and holdings are not read', async () => {
    using dir = tempDir('strong-key');
    const { service, accountCheck, keyProbe } = await serviceWith(STRONG_KEY, SECRET, dir.path);
    await expect.poll(async () => (await accountCheck())?.status, { timeout: 20_000 }).toBe('failed');
    expect((await accountCheck())?.detail).toContain('enableSpotAndMarginTrading');
    await expect
      .poll(async () => (await keyProbe())?.reasons.join(), { timeout: 20_000 })
      .toContain('exchange-key: may also enableSpotAndMarginTrading');
    expect((await keyProbe())?.verdict).toBe('fail');
    expect((await service.get('/v1/portfolios/account')).status).toBe(404);
    expect((await service.post('/v1/var', { positions: [{ symbol: 'BTCUSDT', quantity: 1 }] })).status).toBe(
      200,
    );
    expect(await service.stop()).toBe(0);
  });

  it('that can only read: its holdings are the book `account`, valued', async () => {
    using dir = tempDir('reading-key');
    const { service, accountCheck } = await serviceWith(READING_KEY, pair.privateKey, dir.path);
    await expect.poll(async () => (await accountCheck())?.status, { timeout: 20_000 }).toBe('ok');
    const book = await service.get('/v1/portfolios/account');
    expect(await book.json()).toMatchObject({ positions: [{ symbol: 'BTCUSDT', quantity: '0.75' }] });
    const risk = (await (await service.get('/v1/portfolios/account/var')).json()) as { value: number };
    expect(risk.value).toBeGreaterThan(0);
    expect(service.lines.join('\n')).not.toMatch(new RegExp(`${READING_KEY}|PRIVATE KEY`));
    expect(await service.stop()).toBe(0);
  });
});
