/**
 * Field encryption: AES-256-GCM with a random 96-bit nonce. The place of the field (table and row) is bound
 * in as additional data, so ciphertext moved to another row does not open.
 * Layout, base64: nonce (12 bytes), tag (16), ciphertext.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

export interface Sealed {
  readonly keyId: string;
  readonly sealed: string;
}

const NONCE = 12;
const TAG = 16;

export class FieldCipher {
  readonly #keys: KeyRing;

  constructor(keys: KeyRing) {
    this.#keys = keys;
  }

  get activeKeyId(): string {
    return this.#keys.activeId;
  }

  seal(place: string, value: unknown): Sealed {
    const keyId = this.#keys.activeId;
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', this.#keys.key(keyId), nonce, { authTagLength: TAG });
    cipher.setAAD(Buffer.from(`${keyId}/${place}`));
    const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
    return { keyId, sealed: Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64') };
  }

  /** Throws where the key is unknown or the ciphertext was changed or moved. */
  open<T>(place: string, { keyId, sealed }: Sealed): T {
    const bytes = Buffer.from(sealed, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.#keys.key(keyId), bytes.subarray(0, NONCE), {
      authTagLength: TAG,
    });
    decipher.setAAD(Buffer.from(`${keyId}/${place}`));
    decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
    try {
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]);
      return JSON.parse(text.toString('utf8')) as T;
    } catch {
      throw new Error(`the encrypted field of ${place} does not open under key ${keyId}`);
    }
  }
}
