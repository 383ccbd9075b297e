import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditDraft } from '#engine/audit-trail.ts';
import { startStoreKeeper } from '#engine/store-keeper.ts';
import { openStore } from '#store/open-store.ts';
import type { RetentionPolicy } from '#store/ports/retention.ts';
import type { Store } from '#store/ports/store.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);
const key = (id: string, fill: number) => `${id}:${Buffer.alloc(32, fill).toString('base64')}`;

let folder: TempDir;
let store: Store;
let entries: AuditDraft[];

const keeper = (instance: string, policy: RetentionPolicy) =>
  startStoreKeeper({
    store,
    trail: {
      record: async (draft) => {
        entries.push(draft);
      },
    },
    instance,
    policy,
    now: () => NOW,
    onFailure: (error) => {
      throw error;
    },
  });

const change = (atMs: number) => ({
  id: `change-${atMs}`,
  rule: 'security',
  instance: 'one',
  atMs,
  from: 'pass',
  to: 'fail',
  actual: 0,
  target: 1,
  escalated: true,
  evidence: '{}',
});

beforeEach(async () => {
  folder = tempDir('keeper');
  entries = [];
  store = await openStore({ dataDir: folder.path, encryptionKeys: key('old', 1) });
  for (const age of [1, 9, 11]) await store.compliance.record(change(NOW - age * DAY));
});
afterEach(async () => {
  await store.close();
  folder[Symbol.dispose]();
});

const ages = async () =>
  (await store.compliance.list({ limit: 10 }))
    .map(({ atMs }) => (NOW - atMs) / DAY)
    .toSorted((a, b) => a - b);

describe('housekeeping', () => {
  it('removes what is older than its age, leaves what has none, and says in the audit log what it did', async () => {
    const housekeeping = keeper('one', { complianceMs: 10 * DAY });
    expect(await housekeeping.round()).toBe(true);
    expect(await ages()).toEqual([1, 9]);
    expect(entries).toMatchObject([
      { action: 'store.kept', details: { removed: { compliance_transitions: 1 } } },
    ]);
    await housekeeping.round();
    expect(entries).toHaveLength(1);
    await housekeeping.close();
    const idle = keeper('one', {});
    await idle.round();
    expect(await ages()).toEqual([1, 9]);
    await idle.close();
  });

  it('is done by one replica at a time', async () => {
    const lease = await store.leases.acquire('store-keeper', 'other', 60_000);
    const housekeeping = keeper('one', { complianceMs: DAY });
    expect(await housekeeping.round()).toBe(false);
    expect(await ages()).toEqual([1, 9, 11]);
    await store.leases.release(lease!);
    expect(await housekeeping.round()).toBe(true);
    await housekeeping.close();
  });

  it('seals books of an old key under the new one; then the old key may go', async () => {
    const book = { id: 'b', name: 'b', currency: 'USDT', createdMs: NOW };
    await store.portfolios.create({ ...book, positions: [{ symbol: 'BTCUSDT', quantity: '1' }] });
    const reopen = async (keys: string) => {
      await store.close();
      store = await openStore({ dataDir: folder.path, encryptionKeys: keys });
    };
    await reopen(`${key('new', 2)},${key('old', 1)}`);
    const housekeeping = keeper('one', {});
    await housekeeping.round();
    await housekeeping.close();
    expect(entries).toMatchObject([{ details: { resealed: 1 } }]);
    await reopen(key('new', 2));
    expect((await store.portfolios.get('b'))?.positions).toEqual([{ symbol: 'BTCUSDT', quantity: '1' }]);
  });
});
