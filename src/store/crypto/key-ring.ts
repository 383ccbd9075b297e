/**
 * AES-256 keys by id. The first is active: it seals. Every key on the ring opens, so a key is rotated by
 * adding the new one behind the old, then moving it to the front, then sealing old rows again.
 * Format of the secret: `id:base64,id:base64,...`, each key 32 bytes.
 */
export interface KeyRing {
  readonly activeId: string;
  /** Throws where the id is not on the ring. */
  key(id: string): Uint8Array;
}

const ID = /^[A-Za-z0-9._-]{1,32}$/;

/** Throws naming the entry that is wrong, never its value. */
export function parseKeyRing(secret: string): KeyRing {
  const keys = new Map<string, Uint8Array>();
  let activeId: string | undefined;
  for (const [index, entry] of secret.trim().split(',').entries()) {
    const place = `encryption key ${index + 1}`;
    const split = entry.indexOf(':');
    const id = entry.slice(0, Math.max(split, 0)).trim();
    if (!ID.test(id)) throw new Error(`${place}: write id:base64, the id of letters, digits, dot, dash`);
    const bytes = Buffer.from(entry.slice(split + 1).trim(), 'base64');
    if (bytes.length !== 32)
      throw new Error(`${place} (${id}): 32 bytes in base64 are needed, not ${bytes.length}`);
    if (keys.has(id)) throw new Error(`${place}: the id ${id} is used twice`);
    keys.set(id, bytes);
    activeId ??= id;
  }
  if (activeId === undefined) throw new Error('no encryption key was given');
  return {
    activeId,
    key(id) {
      const bytes = keys.get(id);
      if (bytes === undefined) throw new Error(`the encryption key ${id} is not among the configured keys`);
      return bytes;
    },
  };
}
