import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '#store/open-store.ts';
import type { Store } from '#store/ports/store.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres-server.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';
import { auditRow, storeContract } from './store-contract.ts';

const KEYS = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
let server: TestPostgres;
let dir: TempDir;
beforeAll(async () => {
  server = await startPostgres();
  dir = tempDir('postgres');
});
afterAll(async () => {
  await server.close();
  dir[Symbol.dispose]();
});

async function open(url: string, instance = 'replica'): Promise<Store> {
  return openStore({
    dataDir: dir.path,
    postgres: { url },
    encryptionKeys: KEYS,
    instance,
    spoolRetryMs: 50,
  });
}

storeContract('postgres', async () => open(await server.database()));

describe('PostgreSQL', () => {
  it('is migrated once by many starters at the same time', async () => {
    const url = await server.database();
    const stores = await Promise.all(Array.from({ length: 6 }, (_, index) => open(url, `starter-${index}`)));
    await stores[0]!.audit.append([auditRow('c', 0)]);
    expect(await stores[5]!.audit.read('c', 0, 9)).toEqual([auditRow('c', 0)]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('shares leases between replicas', async () => {
    const url = await server.database();
    const [a, b] = await Promise.all([open(url, 'a'), open(url, 'b')]);
    const lease = (await a.leases.acquire('trainer', 'a', 60_000))!;
    expect(await b.leases.acquire('trainer', 'b', 60_000)).toBeUndefined();
    await a.leases.release(lease);
    expect((await b.leases.acquire('trainer', 'b', 60_000))?.fence).toBe(lease.fence + 1);
    await Promise.all([a.close(), b.close()]);
  });

  it('needs keys that replicas share', async () => {
    await expect(openStore({ dataDir: dir.path, postgres: { url: 'postgres://x' } })).rejects.toThrow(/keys/);
  });

  it('refuses to change, drop or truncate audit rows', async () => {
    const url = await server.database();
    const store = await open(url, 'guarded');
    await store.audit.append([auditRow('c', 0)]);
    const { default: pg } = await import('pg');
    const client = new pg.Client(url);
    await client.connect();
    for (const sql of [
      "update audit_entries set actor = 'm'",
      'delete from audit_entries',
      'truncate audit_entries',
    ])
      await expect(client.query(sql)).rejects.toThrow(/append-only/);
    await client.end();
    await store.close();
  });
});
