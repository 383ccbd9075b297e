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

/** `maskedKeys` replaces the values of the fields whose names it matches. */
export function canonicalJson(value: unknown, maskedKeys?: RegExp): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, maskedKeys)).join(',')}]`;
  let text = '';
  for (const key of Object.keys(value).sort()) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined) continue;
    const shown = maskedKeys?.test(key) ? '"[masked]"' : canonicalJson(field, maskedKeys);
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${shown}`;
  }
  return `{${text}}`;
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
    details: canonicalJson(draft.details ?? {}, SECRET_FIELD),
    previousHash: head?.hash ?? GENESIS_HASH,
  };
  return { ...row, hash: entryHash(row) };
}
