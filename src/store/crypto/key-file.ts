/**
 * The embedded default: a key made at the first start and kept beside the store, readable by its owner only.
 * Production gives keys as a secret instead.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

export function keyFileSecret(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8');
  const secret = `k1:${randomBytes(32).toString('base64')}`;
  const file = openSync(path, 'wx', 0o600);
  writeSync(file, `${secret}\n`);
  fsyncSync(file);
  closeSync(file);
  return secret;
}
