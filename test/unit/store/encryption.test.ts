import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FieldCipher } from '#store/crypto/field-cipher.ts';
import { parseKeyRing } from '#store/crypto/key-ring.ts';
import { openStore } from '#store/open-store.ts';
import fc from '../../support/seeded-check.ts';
import { tempDir } from '../../support/temp-dir.ts';

const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');

describe('the key ring', () => {
  it('seals with the first key and opens with all', () => {
    const old = new FieldCipher(parseKeyRing(`old:${key(1)}`));
    const rotated = new FieldCipher(parseKeyRing(`new:${key(2)},old:${key(1)}`));
    const sealed = old.seal('place', { a: 1 });
    expect(rotated.open('place', sealed)).toEqual({ a: 1 });
    expect(rotated.seal('place', 1).keyId).toBe('new');
    expect(() => old.open('place', rotated.seal('place', 1))).toThrow(/new is not among/);
  });

  it.each([
    ['no id', key(1)],
    ['a short key', `k:${randomBytes(16).toString('base64')}`],
    ['an id twice', `k:${key(1)},k:${key(2)}`],
    ['nothing', ''],
  ])('refuses %s without showing it', (_name, secret) => {
    let message = '';
    try {
      parseKeyRing(secret);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).not.toBe('');
    if (secret !== '') expect(message).not.toContain(secret.split(':').at(-1)?.slice(0, 12));
  });
});

describe('a sealed field', () => {
  const cipher = new FieldCipher(parseKeyRing(`k:${key(3)}`));

  it('opens to what it was, and never looks the same twice', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const first = cipher.seal('p', value);
        expect(JSON.stringify(cipher.open('p', first))).toBe(
          JSON.stringify(JSON.parse(JSON.stringify(value))),
        );
        expect(cipher.seal('p', value).sealed).not.toBe(first.sealed);
      }),
    );
  });

  it('does not open in another row, under another key id, or with any byte changed', () => {
    const sealed = cipher.seal('portfolios/a', [1, 2, 3]);
    expect(() => cipher.open('portfolios/b', sealed)).toThrow(/does not open/);
    const bytes = Buffer.from(sealed.sealed, 'base64');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => cipher.open('portfolios/a', { ...sealed, sealed: changed.toString('base64') })).toThrow();
    }
  });
});

describe('rotation', () => {
  it('moves stored books to the new key while they stay readable and writable', async () => {
    using dir = tempDir('rotate');
    const open = (keys: string) => openStore({ dataDir: dir.path, encryptionKeys: keys });
    const first = await open(`a:${key(1)}`);
    const positions = [{ symbol: 'BTCUSDT', quantity: '1' }];
    for (let n = 0; n < 25; n++)
      await first.portfolios.create({ id: `p${n}`, name: 'n', currency: 'USDT', createdMs: n, positions });
    await first.close();
    const second = await open(`b:${key(2)},a:${key(1)}`);
    const [changed] = await Promise.all([
      second.portfolios.reencrypt(4),
      second.portfolios.change('p20', 1, { name: 'meanwhile', atMs: 1 }),
    ]);
    expect(changed).toBeGreaterThanOrEqual(24);
    expect(await second.portfolios.reencrypt(4)).toBe(0);
    await second.close();
    const third = await open(`b:${key(2)}`);
    expect((await third.portfolios.list(100)).map(({ positions: held }) => held)).toEqual(
      Array.from({ length: 25 }, () => positions),
    );
    await third.close();
  });
});
