/**
 * The hash chain: how an entry is written down and what its hash covers. Every column is in the hash, so a
 * change of any of them shows; `previousHash` ties the entry to all before it.
 *   hash = SHA-256( JSON [1, chain, seq, atMs, actor, action, subject, outcome, correlationId, details, previousHash] )
 * Details are canonical JSON: keys sorted by code unit, no spaces, no undefined.
 */
import { hash } from 'node:crypto';
import type { AuditHead, AuditRow } from '#store/ports/audit-entries.ts';
import type { AuditDraft } from './audit-trail.ts';

const FORMAT = 1;

/** Precedes the first entry of every chain. */
export const GENESIS_HASH = '0'.repeat(64);

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => canonicalJson(item === undefined ? null : item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null';
  return JSON.stringify(value) ?? 'null';
}

export function entryHash(row: Omit<AuditRow, 'hash'>): string {
  const text = JSON.stringify([
    FORMAT,
    row.chain,
    row.seq,
    row.atMs,
    row.actor,
    row.action,
    row.subject,
    row.outcome,
    row.correlationId,
    row.details,
    row.previousHash,
  ]);
  return hash('sha256', text);
}

const SECRET_FIELD = /secret|token$|password|passphrase|authorization|api-?_?key|signature|credential/i;

/** Details with the value of every field that is named like a secret replaced. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, SECRET_FIELD.test(key) ? '[masked]' : masked(field)]),
  );
}

/** The next row of a chain. `head` is undefined for the first. */
export function nextRow(
  chain: string,
  head: AuditHead | undefined,
  atMs: number,
  draft: AuditDraft,
): AuditRow {
  const row = {
    chain,
    seq: head === undefined ? 0 : head.seq + 1,
    atMs,
    actor: draft.actor,
    action: draft.action,
    subject: draft.subject,
    outcome: draft.outcome,
    correlationId: draft.correlationId,
    details: canonicalJson(masked(draft.details ?? {})),
    previousHash: head?.hash ?? GENESIS_HASH,
  };
  return { ...row, hash: entryHash(row) };
}
