/**
 * Names the fits that figures stand on: the model version that forecasts and answers carry. It changes with
 * a fit or an installed state and with nothing else.
 */
import { createHash } from 'node:crypto';

export interface IntervalFits {
  readonly intervalMs: number;
  /** SHA-256 of each symbol's state right after its fit, in the order of the book. */
  readonly hashes: readonly Uint8Array[];
}

export function fitName(parts: readonly IntervalFits[]): string {
  const name = createHash('sha256');
  for (const { intervalMs, hashes } of parts) {
    name.update(`/${intervalMs}/`);
    for (const hash of hashes) name.update(hash);
  }
  return name.digest('hex').slice(0, 16);
}
