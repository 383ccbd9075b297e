/**
 * Verification of audit chains: every hash, every link, every number, the kept head and checkpoint of each
 * chain, and every anchor that one chain holds of another. Names the first entry that does not fit.
 * Flow: store rows in pages -> here -> verdict.
 */
import type { AuditCheckpoint, AuditHead, AuditReader, AuditRow } from '#store/ports/audit-entries.ts';
import { ANCHOR_ACTION, anchoredHeads } from './audit-anchor.ts';
import { entryHash, GENESIS_HASH } from './audit-chain.ts';

export type AuditFault =
  /** A column of this entry, or its hash, was changed. */
  | 'content-changed'
  /** The entry does not follow from the one before it: that one was replaced, or this one moved here. */
  | 'link-broken'
  /** An entry is missing from the middle. */
  | 'missing'
  /** Entries were cut off the end, or the end was rewritten. */
  | 'tail-changed'
  /** The beginning was removed without a checkpoint. */
  | 'beginning-removed'
  /** Another replica's anchor remembers this entry differently. */
  | 'anchor-differs';

export interface BrokenEntry {
  readonly chain: string;
  readonly seq: number;
  readonly fault: AuditFault;
  readonly message: string;
}

export interface VerifiedChain {
  readonly chain: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly entries: number;
  readonly headHash: string;
}

export interface AuditVerdict {
  readonly ok: boolean;
  readonly entries: number;
  readonly anchors: number;
  readonly chains: readonly VerifiedChain[];
  readonly broken?: BrokenEntry;
}

export interface AuditRange {
  /** All chains when absent. */
  readonly chain?: string;
  readonly fromSeq?: number;
  readonly toSeq?: number;
}

const PAGE = 1_000;

interface Anchor {
  readonly by: AuditRow;
  readonly head: AuditHead;
}

class Broken extends Error {
  readonly entry: BrokenEntry;
  constructor(chain: string, seq: number, fault: AuditFault, what: string) {
    super(what);
    this.entry = { chain, seq, fault, message: `chain ${chain}, entry ${seq}: ${what}` };
  }
}

export async function verifyAudit(reader: AuditReader, range: AuditRange = {}): Promise<AuditVerdict> {
  // Heads first: entries that arrive during the run lie beyond them and are left for the next one.
  const heads = (await reader.heads()).filter(
    ({ chain }) => range.chain === undefined || chain === range.chain,
  );
  const checkpoints = new Map(
    (await reader.checkpoints()).map((checkpoint) => [checkpoint.chain, checkpoint]),
  );
  const chains: VerifiedChain[] = [];
  const anchors: Anchor[] = [];
  const verdict = (broken?: BrokenEntry): AuditVerdict => ({
    ok: broken === undefined,
    entries: chains.reduce((sum, { entries }) => sum + entries, 0),
    anchors: anchors.length,
    chains,
    ...(broken && { broken }),
  });
  try {
    for (const head of heads)
      chains.push(await verifyChain(reader, head, checkpoints.get(head.chain), range, anchors));
    for (const anchor of anchors) await verifyAnchor(reader, anchor, checkpoints);
    return verdict();
  } catch (error) {
    if (error instanceof Broken) return verdict(error.entry);
    throw error;
  }
}

async function verifyChain(
  reader: AuditReader,
  head: AuditHead,
  checkpoint: AuditCheckpoint | undefined,
  range: AuditRange,
  anchors: Anchor[],
): Promise<VerifiedChain> {
  const { chain } = head;
  const first = checkpoint === undefined ? 0 : checkpoint.seq + 1;
  const fromSeq = Math.max(range.fromSeq ?? first, first);
  const toSeq = Math.min(range.toSeq ?? head.seq, head.seq);
  let previous =
    fromSeq === first ? (checkpoint?.hash ?? GENESIS_HASH) : await hashAt(reader, chain, fromSeq - 1);
  let next = fromSeq;
  while (next <= toSeq) {
    const rows = await reader.read(chain, next, Math.min(PAGE, toSeq - next + 1));
    const found = rows[0];
    if (found === undefined || found.seq > toSeq)
      throw new Broken(chain, next, toSeq === head.seq ? 'tail-changed' : 'missing', 'the entry is missing');
    for (const row of rows) {
      if (row.seq > toSeq) break;
      if (row.seq !== next)
        throw next === first
          ? new Broken(chain, next, 'beginning-removed', 'the entry is missing and no checkpoint covers it')
          : new Broken(chain, next, 'missing', 'the entry is missing');
      checkRow(row, previous);
      if (row.action === ANCHOR_ACTION)
        for (const anchored of anchoredHeads(row)) anchors.push({ by: row, head: anchored });
      previous = row.hash;
      next++;
    }
  }
  if (toSeq === head.seq && previous !== head.hash)
    throw new Broken(
      chain,
      head.seq,
      'tail-changed',
      'the last entry is not the one that was acknowledged last',
    );
  return { chain, fromSeq, toSeq, entries: Math.max(0, toSeq - fromSeq + 1), headHash: previous };
}

function checkRow(row: AuditRow, previous: string): void {
  if (row.hash !== entryHash(row))
    throw new Broken(row.chain, row.seq, 'content-changed', 'its content does not match its hash');
  if (row.previousHash !== previous)
    throw new Broken(row.chain, row.seq, 'link-broken', 'it does not follow from the entry before it');
}

async function hashAt(reader: AuditReader, chain: string, seq: number): Promise<string> {
  const [row] = await reader.read(chain, seq, 1);
  if (row?.seq !== seq) throw new Broken(chain, seq, 'missing', 'the entry is missing');
  return row.hash;
}

async function verifyAnchor(
  reader: AuditReader,
  { by, head }: Anchor,
  checkpoints: ReadonlyMap<string, AuditCheckpoint>,
): Promise<void> {
  const checkpoint = checkpoints.get(head.chain);
  if (checkpoint !== undefined && head.seq < checkpoint.seq) return;
  const kept = checkpoint?.seq === head.seq ? checkpoint : (await reader.read(head.chain, head.seq, 1))[0];
  if (kept?.seq === head.seq && kept.hash === head.hash) return;
  const what = `the anchor ${by.chain}/${by.seq} remembers another entry here`;
  throw new Broken(head.chain, head.seq, 'anchor-differs', what);
}
