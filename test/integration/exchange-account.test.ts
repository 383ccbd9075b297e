import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';

const START_MS = Date.UTC(2026, 2, 2, 14, 37, 30);
const API_KEY = 'a'.repeat(64);
const ED_KEY = 'b'.repeat(64);
const SECRET = 'c'.repeat(64);
const ed25519 = generateKeyPairSync('ed25519');

let exchange: Exchange;

beforeAll(async () => {
  exchange = await createExchange({
    symbols: ['BTCUSDT'],
    startMs: START_MS,
    listedMs: Date.UTC(2026, 2, 1),
    account: {
      keys: [
        { kind: 'hmac', apiKey: API_KEY, secret: SECRET, rights: ['enableWithdrawals'] },
        {
          kind: 'public',
          apiKey: ED_KEY,
          publicKey: ed25519.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
        },
      ],
      balances: [
        { asset: 'BTC', free: '0.50000000', locked: '0.10000000' },
        { asset: 'ETH', free: '0.00000000', locked: '0.00000000' },
      ],
    },
  });
});

afterAll(() => exchange.close());

describe('the signed account', () => {
  const hmac = (payload: string) => createHmac('sha256', SECRET).update(payload).digest('hex');

  const WALLET = '/api/v3/account';
  const RESTRICTIONS = '/sapi/v1/account/apiRestrictions';

  async function account(key: string | undefined, payload: string, signature: string, path = WALLET) {
    const headers: Record<string, string> = key === undefined ? {} : { 'X-MBX-APIKEY': key };
    return fetch(`${exchange.url}${path}?${payload}&signature=${encodeURIComponent(signature)}`, { headers });
  }

  const now = () => Math.floor(exchange.clock.nowUs() / 1000);

  it('opens to HMAC and to Ed25519, and can leave out empty balances', async () => {
    const payload = `omitZeroBalances=true&timestamp=${now()}`;
    const byHmac = await account(API_KEY, payload, hmac(payload).toUpperCase());
    expect(byHmac.status).toBe(200);
    expect(await byHmac.json()).toMatchObject({
      canTrade: false,
      balances: [{ asset: 'BTC', free: '0.50000000', locked: '0.10000000' }],
    });
    const plain = `timestamp=${now()}`;
    const signature = sign(null, Buffer.from(plain), ed25519.privateKey).toString('base64');
    const byEd25519 = await account(ED_KEY, plain, signature);
    expect(byEd25519.status).toBe(200);
    expect(((await byEd25519.json()) as { balances: unknown[] }).balances).toHaveLength(2);
  });

  it('tells what each key may do, to HMAC and to Ed25519', async () => {
    const payload = `timestamp=${now()}`;
    const strong = await account(API_KEY, payload, hmac(payload), RESTRICTIONS);
    expect(await strong.json()).toMatchObject({
      enableReading: true,
      enableWithdrawals: true,
      enableSpotAndMarginTrading: false,
    });
    const signature = sign(null, Buffer.from(payload), ed25519.privateKey).toString('base64');
    const weak = (await (await account(ED_KEY, payload, signature, RESTRICTIONS)).json()) as object;
    expect(Object.entries(weak).filter(([, value]) => value === true)).toEqual([['enableReading', true]]);
  });

  it.each([WALLET, RESTRICTIONS])('refuses at %s what is wrong, with the code that says so', async (path) => {
    const good = `timestamp=${now()}`;
    const ahead = `timestamp=${now() + 2000}`;
    const late = `timestamp=${now() - 6000}`;
    const forgiven = `recvWindow=10000&timestamp=${now() - 6000}`;
    const cases: [string | undefined, string, string, number | undefined][] = [
      [undefined, good, hmac(good), -2014],
      ['short', good, hmac(good), -2014],
      ['c'.repeat(64), good, hmac(good), -2015],
      [API_KEY, good, hmac(`${good}x`), -1022],
      [API_KEY, good, 'zz', -1022],
      [ED_KEY, good, hmac(good), -1022],
      [API_KEY, ahead, hmac(ahead), -1021],
      [API_KEY, late, hmac(late), -1021],
      [API_KEY, forgiven, hmac(forgiven), undefined],
      [API_KEY, 'recvWindow=5000', hmac('recvWindow=5000'), -1102],
    ];
    for (const [key, payload, signature, code] of cases) {
      const body = (await (await account(key, payload, signature, path)).json()) as { code?: number };
      expect(body.code).toBe(code);
    }
  });
});
