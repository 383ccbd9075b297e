import { describe, expect, it } from 'vitest';
import { writeAnchor } from '#engine/audit-anchor.ts';
import { entryHash } from '#engine/audit-chain.ts';
import { AuditLog } from '#engine/audit-log.ts';
import { verifyAudit } from '#engine/audit-verifier.ts';
import type { AuditRow } from '#store/ports/audit-entries.ts';
import { type MemoryAudit, memoryAudit } from '../../support/audit-memory.ts';

/** Two replicas, ten entries each, b anchoring a after its entry 9. */
async function twoChains(): Promise<MemoryAudit> {
  const entries = memoryAudit();
  const [a, b] = ['a', 'b'].map((chain) => new AuditLog({ entries, chain, lingerMs: 0, now: () => 7 }));
  for (let index = 0; index < 10; index++)
    for (const log of [a!, b!])
      await log.record({ actor: 'x', action: 'do', subject: `${index}`, outcome: 'ok', correlationId: 'c' });
  await writeAnchor(entries, b!, 'b', new Map());
  return entries;
}

function edit(entries: MemoryAudit, chain: string, seq: number, change: (row: AuditRow) => AuditRow): void {
  entries.rows = entries.rows.map((row) => (row.chain === chain && row.seq === seq ? change(row) : row));
}

/** Rewrites a chain consistently from `seq` on, as someone who knows the format would. */
function forge(entries: MemoryAudit, chain: string, seq: number): void {
  let previousHash: string | undefined;
  for (const row of entries.rows.filter((each) => each.chain === chain && each.seq >= seq)) {
    const { hash: _old, ...columns } = { ...row, previousHash: previousHash ?? row.previousHash };
    const forged = { ...columns, ...(row.seq === seq && { subject: 'forged' }) };
    const hash = entryHash(forged);
    edit(entries, chain, row.seq, () => ({ ...forged, hash }));
    previousHash = hash;
  }
}

describe('verification', () => {
  it('passes whole chains and counts entries and anchors', async () => {
    expect(await verifyAudit(await twoChains())).toMatchObject({ ok: true, entries: 21, anchors: 1 });
  });

  it.each([
    'atMs',
    'actor',
    'action',
    'subject',
    'outcome',
    'correlationId',
    'details',
    'previousHash',
    'hash',
  ] as const)('names the entry whose column %s was changed', async (column) => {
    const entries = await twoChains();
    edit(entries, 'a', 4, (row) => ({ ...row, [column]: column === 'atMs' ? 8 : 'ff' }));
    expect((await verifyAudit(entries)).broken).toMatchObject({
      chain: 'a',
      seq: 4,
      fault: 'content-changed',
    });
  });

  it('names an entry that was taken out, and the end when it was cut off', async () => {
    const entries = await twoChains();
    const heads = await entries.heads();
    entries.heads = async () => heads;
    const whole = entries.rows;
    entries.rows = whole.filter(({ chain, seq }) => chain !== 'a' || seq !== 4);
    expect((await verifyAudit(entries)).broken).toMatchObject({ chain: 'a', seq: 4, fault: 'missing' });
    entries.rows = whole.filter(({ chain, seq }) => chain !== 'a' || seq < 8);
    expect((await verifyAudit(entries)).broken).toMatchObject({ chain: 'a', seq: 8, fault: 'tail-changed' });
    entries.rows = whole.filter(({ chain, seq }) => chain !== 'a' || seq > 2);
    expect((await verifyAudit(entries)).broken).toMatchObject({
      chain: 'a',
      seq: 0,
      fault: 'beginning-removed',
    });
  });

  it('names the entry after one that was replaced with a hash of its own', async () => {
    const entries = await twoChains();
    edit(entries, 'a', 4, ({ hash: _old, ...row }) => {
      const forged = { ...row, subject: 'forged' };
      return { ...forged, hash: entryHash(forged) };
    });
    expect((await verifyAudit(entries)).broken).toMatchObject({ chain: 'a', seq: 5, fault: 'link-broken' });
  });

  it('sees through a chain rewritten to its very end, by the anchor in its neighbour', async () => {
    const entries = await twoChains();
    forge(entries, 'a', 4);
    expect((await verifyAudit(entries)).broken).toMatchObject({
      chain: 'a',
      seq: 9,
      fault: 'anchor-differs',
    });
  });

  it('checks a range alone', async () => {
    const entries = await twoChains();
    edit(entries, 'a', 4, (row) => ({ ...row, subject: 'forged' }));
    expect(await verifyAudit(entries, { chain: 'a', fromSeq: 5, toSeq: 8 })).toMatchObject({
      ok: true,
      entries: 4,
    });
    expect((await verifyAudit(entries, { chain: 'a', fromSeq: 2, toSeq: 8 })).broken?.seq).toBe(4);
    expect((await verifyAudit(entries, { chain: 'b' })).ok).toBe(true);
  });
});
