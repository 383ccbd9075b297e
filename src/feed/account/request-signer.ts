/**
 * Signatures of Binance's REST interface over the percent-encoded query string.
 * HMAC: SHA-256, lower-case hex. Ed25519: base64, itself percent-encoded in the URL.
 * The kind is told from the secret's shape: a PEM private key is Ed25519, anything else an HMAC secret.
 */
import { createHmac, createPrivateKey, sign } from 'node:crypto';

export type RequestSigner = (query: string) => string;

export function createRequestSigner(secret: string): RequestSigner {
  const pem = secret.replaceAll('\\n', '\n').trim();
  if (!pem.startsWith('-----BEGIN'))
    return (query) => createHmac('sha256', secret.trim()).update(query).digest('hex');
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new RangeError(
      `a private key of type ${key.asymmetricKeyType} is not supported: use Ed25519 or HMAC`,
    );
  return (query) => sign(null, Buffer.from(query), key).toString('base64');
}
