import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ACCOUNT_BOOK, createAccountSync } from '#engine/account-sync.ts';
import { createPortfolioBooks, type PortfolioBooks } from '#engine/portfolio-books.ts';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { createBinanceAccount } from '#feed/account/binance-account.ts';
import { openStore } from '#store/open-store.ts';
import type { Store } from '#store/ports/store.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const API_KEY = 'k'.repeat(64);
const SECRET = 's'.repeat(64);
const STRONG_KEY = 't'.repeat(64);
const WITHDRAWING_KEY = 'w'.repeat(64);
const PAIR_KEY = 'p'.repeat(64);
const pair = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const balances = [
  { asset: 'BTC', free: '0.5', locked: '0.25' },
  { asset: 'ETH', free: '0', locked: '0' },
  { asset: 'USDT', free: '1000', locked: '0' },
  { asset: 'OBSCURE', free: '7', locked: '0' },
];

let exchange: Exchange;
let store: Store;
let books: PortfolioBooks;
let folder: TempDir;

beforeEach(async () => {
  folder = tempDir('account');
  store = await openStore({ dataDir: folder.path });
  books = createPortfolioBooks({ portfolios: store.portfolios, trail: { record: () => Promise.resolve() } });
  exchange = await createExchange({
    symbols: ['BTCUSDT', 'ETHUSDT'],
    account: {
      keys: [
        { kind: 'hmac', apiKey: API_KEY, secret: SECRET },
        { kind: 'public', apiKey: PAIR_KEY, publicKey: pair.publicKey },
        { kind: 'hmac', apiKey: STRONG_KEY, secret: SECRET, rights: ['enableSpotAndMarginTrading'] },
        { kind: 'hmac', apiKey: WITHDRAWING_KEY, secret: SECRET, rights: ['enableWithdrawals'] },
      ],
      balances,
    },
  });
});
afterEach(async () => {
  await exchange.close();
  await store.close();
  folder[Symbol.dispose]();
});

function sync(secret = SECRET, clockOffsetMs = 0, apiKey = API_KEY) {
  return createAccountSync({
    source: createBinanceAccount({
      apiKey,
      secret,
      restBase: exchange.url,
      clockOffsetMs: () => clockOffsetMs,
    }),
    books,
    symbols: ['BTCUSDT', 'ETHUSDT'],
    currency: 'USDT',
    everyMs: 60_000,
  });
}

describe('the exchange account as a book', () => {
  it('holds free and locked of followed symbols, and names what it leaves out', async () => {
    const status = await sync().sync();
    expect(status).toMatchObject({ fault: undefined, excluded: ['OBSCURE'], excessRights: [] });
    expect((await books.get(ACCOUNT_BOOK))?.positions).toEqual([{ symbol: 'BTCUSDT', quantity: '0.75' }]);
  });

  it('keeps its revision while nothing changes', async () => {
    const account = sync();
    await account.sync();
    await account.sync();
    expect((await books.get(ACCOUNT_BOOK))?.rev).toBe(1);
  });

  it.each([
    ['a wrong secret', () => sync('x'.repeat(64)), 'refused'],
    ['a clock far ahead', () => sync(SECRET, -2_000), 'clock'],
    ['a clock far behind the window', () => sync(SECRET, 120_000), 'clock'],
  ] as const)('says why it cannot be read: %s', async (_name, make, kind) => {
    const status = await make().sync();
    expect(status.fault?.kind).toBe(kind);
    expect(JSON.stringify(status)).not.toContain(API_KEY);
  });

  it('keeps the last book when the exchange is away', async () => {
    const account = sync();
    await account.sync();
    await exchange.close();
    expect((await account.sync()).fault?.kind).toBe('unreachable');
    expect((await books.get(ACCOUNT_BOOK))?.positions).toHaveLength(1);
  });

  it('is read with an Ed25519 key as well', async () => {
    const status = await sync(pair.privateKey, 0, PAIR_KEY).sync();
    expect(status).toMatchObject({ fault: undefined, excessRights: [] });
    expect((await books.get(ACCOUNT_BOOK))?.positions).toHaveLength(1);
  });

  it.each([
    ['trade', STRONG_KEY, 'enableSpotAndMarginTrading'],
    ['withdraw', WITHDRAWING_KEY, 'enableWithdrawals'],
  ])('is not read with a key that can %s: the wallet is never asked for', async (_what, apiKey, right) => {
    const asked = exchange.state().rest.requests;
    const status = await sync(SECRET, 0, apiKey).sync();
    expect(status).toMatchObject({
      readMs: 0,
      excessRights: [right],
      fault: { kind: 'over-privileged', rights: [right] },
    });
    expect(await books.get(ACCOUNT_BOOK)).toBeUndefined();
    expect(exchange.state().rest.requests - asked).toBe(1);
  });

  it('is not read while the rights of the key cannot be learned', async () => {
    exchange.admin({ kind: 'rest-status', path: '/sapi/v1/account/apiRestrictions', status: 503 });
    const status = await sync().sync();
    expect(status.fault?.message).toMatch(/rights of the key are unknown/);
    expect(status.excessRights).toBeUndefined();
    expect(await books.get(ACCOUNT_BOOK)).toBeUndefined();
  });
});
