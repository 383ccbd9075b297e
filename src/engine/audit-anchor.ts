/**
 * Anchors tie the replicas' chains together: from time to time every replica writes the other chains' heads
 * into its own, so a chain that is rewritten from some entry on disagrees with its neighbours.
 */
import type { AuditHead, AuditReader, AuditRow } from '#store/ports/audit-entries.ts';
import type { AuditTrail } from './audit-trail.ts';

export const ANCHOR_ACTION = 'audit.anchored';

const MAX_HEADS = 200;

/** Writes one anchor; nothing where no other chain has moved since `seen`. Resolves to what was anchored. */
export async function writeAnchor(
  reader: AuditReader,
  trail: AuditTrail,
  chain: string,
  seen: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const moved = (await reader.heads())
    .filter((head) => head.chain !== chain && seen.get(head.chain) !== head.seq)
    .slice(0, MAX_HEADS);
  if (moved.length === 0) return seen;
  await trail.record({
    actor: 'service',
    action: ANCHOR_ACTION,
    subject: chain,
    outcome: 'ok',
    correlationId: `anchor-${chain}`,
    details: { heads: moved.map(({ chain: name, seq, hash }) => ({ chain: name, seq, hash })) },
  });
  return new Map([...seen, ...moved.map((head) => [head.chain, head.seq] as const)]);
}

/** The heads that an anchor entry remembers. */
export function anchoredHeads(row: AuditRow): readonly AuditHead[] {
  const { heads } = JSON.parse(row.details) as { heads?: readonly AuditHead[] };
  return heads ?? [];
}
