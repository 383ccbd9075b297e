/**
 * The audit log as http sees it: search, and verification of all or a range. Reading it is itself audited.
 * Flow: http/routes/audit -> here -> store, audit-verifier.
 */
import type { AuditEntries, AuditFilter, AuditRow } from '#store/ports/audit-entries.ts';
import type { AuditTrail } from './audit-trail.ts';
import { type AuditRange, type AuditVerdict, verifyAudit } from './audit-verifier.ts';

export interface AuditCaller {
  readonly actor: string;
  readonly requestId: string;
}

export interface AuditDesk {
  search(filter: AuditFilter): Promise<readonly AuditRow[]>;
  verify(range: AuditRange, caller: AuditCaller): Promise<AuditVerdict>;
}

export function createAuditDesk(entries: AuditEntries, trail: AuditTrail): AuditDesk {
  return {
    search: (filter) => entries.search(filter),
    async verify(range, { actor, requestId }) {
      const verdict = await verifyAudit(entries, range);
      await trail.record({
        actor,
        action: 'audit.verified',
        subject: range.chain ?? 'all',
        outcome: verdict.ok ? 'ok' : 'failed',
        correlationId: requestId,
        details: { entries: verdict.entries, ...(verdict.broken && { broken: verdict.broken }) },
      });
      return verdict;
    },
  };
}
