/**
 * Anchors tie the replicas' chains together: from time to time every replica writes the other chains' heads
 * into its own, so a chain that is rewritten from some entry on disagrees with its neighbours.
 */
import type { AuditHead, AuditReader, AuditRow } from '#store/ports/audit-entries.ts';
import type { AuditTrail } from './audit-trail.ts';

export const ANCHOR_ACTION = 'audit.anchored';

/** Heads in one entry; more go into further entries. */
const HEADS_PER_ENTRY = 200;

/** Anchors every other chain that moved since `seen`. Resolves to what is anchored now. */
export async function writeAnchor(
  reader: AuditReader,
  trail: AuditTrail,
  chain: string,
  seen: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, number>> {
  const moved = (await reader.heads()).filter(
    (head) => head.chain !== chain && seen.get(head.chain) !== head.seq,
  );
  for (let start = 0; start < moved.length; start += HEADS_PER_ENTRY)
    await trail.record({
      actor: 'service',
      action: ANCHOR_ACTION,
      subject: chain,
      outcome: 'ok',
      correlationId: `anchor-${chain}`,
      details: {
        heads: moved
          .slice(start, start + HEADS_PER_ENTRY)
          .map(({ chain: name, seq, hash }) => ({ chain: name, seq, hash })),
      },
    });
  return new Map([...seen, ...moved.map((head) => [head.chain, head.seq] as const)]);
}

export interface Anchoring {
  close(): Promise<void>;
}

/** Anchors at once and then every `everyMs`; a round that cannot be kept is made up by the next. */
export function startAnchoring(
  reader: AuditReader,
  trail: AuditTrail,
  chain: string,
  everyMs: number,
): Anchoring {
  let seen: ReadonlyMap<string, number> = new Map();
  let round: Promise<void> | undefined;
  const anchor = (): void => {
    round ??= writeAnchor(reader, trail, chain, seen)
      .then(
        (anchored) => {
          seen = anchored;
        },
        () => undefined,
      )
      .finally(() => {
        round = undefined;
      });
  };
  anchor();
  const timer = setInterval(anchor, everyMs);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await round;
    },
  };
}

/** The heads that an anchor entry remembers. */
export function anchoredHeads(row: AuditRow): readonly AuditHead[] {
  const { heads } = JSON.parse(row.details) as { heads?: readonly AuditHead[] };
  return heads ?? [];
}
