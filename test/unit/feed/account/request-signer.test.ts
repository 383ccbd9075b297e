import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRequestSigner } from '#feed/account/request-signer.ts';

/** The dummy secret, payloads and signatures that Binance's documentation publishes. */
const SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j';
const ORDER =
  'side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559';

describe('request signatures', () => {
  it.each([
    [`symbol=LTCBTC&${ORDER}`, 'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71'],
    [
      `symbol=${encodeURIComponent('１２３４５６')}&${ORDER}`,
      'e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3',
    ],
  ])('HMAC of the documented payload %s is the documented signature', (payload, signature) => {
    expect(createRequestSigner(SECRET)(payload)).toBe(signature);
  });

  it('an Ed25519 key signs so that its public key verifies, literal line ends or not', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    for (const secret of [pem, pem.replaceAll('\n', '\\n')]) {
      const signature = createRequestSigner(secret)('timestamp=1');
      const valid = verify(
        null,
        Buffer.from('timestamp=1'),
        createPublicKey(privateKey),
        Buffer.from(signature, 'base64'),
      );
      expect(valid).toBe(true);
    }
  });

  it('a key of another kind is refused, without a word of the key', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => createRequestSigner(pem)).toThrow(/type ec is not supported/);
  });
});
