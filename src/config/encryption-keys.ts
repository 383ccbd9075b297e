/**
 * Keys for data at rest: `id:base64` separated by commas, the first one encrypts, all decrypt.
 * A single key may come without an id. Flow: ENCRYPTION_KEYS -> here -> store.
 */
import { Secret } from './secret.ts';

export interface EncryptionKey {
  readonly id: string;
  /** 32 bytes in base64. */
  readonly key: Secret;
}

const KEY_BYTES = 32;

export function parseEncryptionKeys(text: string): readonly EncryptionKey[] {
  const keys = text.split(',').map((entry, index) => parseKey(entry.trim(), index));
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('has two keys of one id');
  return keys;
}

function parseKey(entry: string, index: number): EncryptionKey {
  const [, id = `k${index + 1}`, key] = /^(?:([\w-]{1,32}):)?([A-Za-z0-9+/]+={0,2})$/.exec(entry) ?? [];
  if (key === undefined || Buffer.from(key, 'base64').length !== KEY_BYTES)
    throw new Error(
      `item ${index + 1} must be ${KEY_BYTES} bytes in base64, with or without an id before a colon`,
    );
  return { id, key: new Secret(key) };
}
