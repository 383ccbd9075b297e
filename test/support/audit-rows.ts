/** Audit rows with made-up hashes, for tests of the store, which does not judge them. */
import { createHash } from 'node:crypto';
import type { AuditRow } from '#store/ports/audit-entries.ts';

export function auditRow(chain: string, seq: number, atMs = seq): AuditRow {
  const hash = createHash('sha256').update(`${chain}/${seq}`).digest('hex');
  const previousHash = createHash('sha256')
    .update(`${chain}/${seq - 1}`)
    .digest('hex');
  const words = { actor: 'alice', action: 'test.done', subject: 'thing', outcome: 'ok' };
  return { chain, seq, atMs, ...words, correlationId: `c${seq}`, details: '{}', previousHash, hash };
}
