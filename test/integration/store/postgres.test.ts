import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog } from '#engine/audit-log.ts';
import { verifyAudit } from '#engine/audit-verifier.ts';
import { openStore } from '#store/open-store.ts';
import type { LineageRecord } from '#store/ports/lineages.ts';
import type { Store } from '#store/ports/store.ts';
import { StoreUnavailableError } from '#store/ports/store-failure.ts';
import { StoreSettingsError } from '#store/postgres/wrong-settings.ts';
import { auditRow } from '../../support/audit-rows.ts';
import { startPostgres, type TestPostgres } from '../../support/postgres-server.ts';
import { tcpGate } from '../../support/tcp-gate.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';
import { storeContract } from './store-contract.ts';

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

  it('says that it cannot be reached, and shows no password', async () => {
    const url = 'postgres://user:hunter2@127.0.0.1:1/none';
    const refused = openStore({ dataDir: dir.path, encryptionKeys: KEYS, postgres: { url } });
    await expect(refused).rejects.toThrow(/^the store is unavailable: connection$/);
    await expect(refused.catch((error: Error) => `${error.stack} ${error.cause}`)).resolves.not.toContain(
      'hunter2',
    );
  });

  it('that is away at the start keeps nothing from starting: entries are spooled, tables made when it is back', async () => {
    const url = new URL(await server.database());
    const gate = await tcpGate(Number(url.port));
    url.port = `${gate.port}`;
    gate.shut();
    const away: string[] = [];
    const store = await openStore({
      dataDir: dir.path,
      postgres: { url: url.href },
      encryptionKeys: KEYS,
      instance: 'late',
      spoolRetryMs: 20,
      onAway: (kind) => away.push(kind),
    });
    expect(away).toEqual(['connection']);
    expect(store.health()).toMatchObject({ status: 'spooling', lastOkMs: 0, lastError: 'connection' });
    const log = new AuditLog({ entries: store.audit, chain: 'late', newChain: true, lingerMs: 0 });
    const record = (subject: string) =>
      log.record({ actor: 'a', action: 'x', subject, outcome: 'ok', correlationId: 'c' });
    await record('first');
    await record('second');
    await expect(store.portfolios.list(1)).rejects.toThrow(StoreUnavailableError);
    gate.open();
    await expect.poll(() => store.health().status, { timeout: 10_000 }).toBe('ok');
    await record('third');
    expect(await store.portfolios.list(1)).toEqual([]);
    expect(await verifyAudit(store.audit)).toMatchObject({ ok: true, entries: 3 });
    await store.close();
    await gate.close();
  });

  it('gives late starters one migration, whoever comes first', async () => {
    const url = new URL(await server.database());
    const gate = await tcpGate(Number(url.port));
    url.port = `${gate.port}`;
    gate.shut();
    const late = await Promise.all(
      [1, 2, 3].map((index) =>
        openStore({
          dataDir: dir.path,
          postgres: { url: url.href },
          encryptionKeys: KEYS,
          instance: `late-${index}`,
          spoolRetryMs: 20,
          onAway: () => {},
        }),
      ),
    );
    await Promise.all(late.map((store, chain) => store.audit.append([auditRow(`c${chain}`, 0)])));
    gate.open();
    await expect
      .poll(() => late.map((store) => store.health().status), { timeout: 20_000 })
      .toEqual(['ok', 'ok', 'ok']);
    expect((await late[0]!.audit.heads()).map(({ chain }) => chain)).toEqual(['c0', 'c1', 'c2']);
    await Promise.all(late.map((store) => store.close()));
    await gate.close();
  });

  it.each([
    ['database that does not exist', (url: URL) => Object.assign(url, { pathname: '/nowhere' })],
    ['user that does not exist', (url: URL) => Object.assign(url, { username: 'nobody-knows' })],
  ])(
    'says at once, and without waiting for an outage to end, that DATABASE_URL names a %s',
    async (_name, wrong) => {
      if (!server.managed) return;
      const url = wrong(new URL(await server.database()));
      url.password = 'hunter2';
      const opened = openStore({
        dataDir: dir.path,
        postgres: { url: url.href },
        encryptionKeys: KEYS,
        instance: 'wrong',
        onAway: () => {},
      });
      await expect(opened).rejects.toThrow(StoreSettingsError);
      await expect(opened).rejects.not.toThrow(/hunter2/);
    },
  );

  it('rotates keys replica by replica: at no moment is there a book that one of them cannot read', async () => {
    const url = await server.database();
    const [old, fresh] = ['old', 'new'].map(
      (id, fill) => `${id}:${Buffer.alloc(32, fill + 1).toString('base64')}`,
    );
    const stages = [`${old}`, `${old},${fresh}`, `${fresh},${old}`, `${fresh}`];
    const open = (keys: string, instance: string) =>
      openStore({ dataDir: dir.path, postgres: { url }, encryptionKeys: keys, instance });
    const positions = [{ symbol: 'BTCUSDT', quantity: '1' }];
    let [one, two] = await Promise.all([open(stages[0]!, 'one'), open(stages[0]!, 'two')]);
    let books = 0;
    const agree = async () => {
      for (const store of [one, two])
        await store.portfolios.create({
          id: `b${books}`,
          name: 'n',
          currency: 'USDT',
          createdMs: books++,
          positions,
        });
      for (const store of [one, two]) {
        const held = await store.portfolios.list(100);
        expect(held.map((book) => book.positions)).toEqual(Array.from({ length: books }, () => positions));
      }
    };
    await agree();
    for (const [stage, keys] of stages.entries()) {
      if (stage === 0) continue;
      // The old key goes away only once every book is sealed under the new one.
      if (stage === 3) await one.portfolios.reencrypt(100);
      await one.close();
      one = await open(keys, 'one');
      await agree();
      await two.close();
      two = await open(keys, 'two');
      await agree();
    }
    await Promise.all([one.close(), two.close()]);
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

  it('may die: acknowledged entries are spooled, health says so, and all is there in order when it is back', async () => {
    if (!server.managed) return;
    const url = await server.database();
    const store = await open(url, 'outage');
    const log = new AuditLog({ entries: store.audit, chain: 'replica', lingerMs: 0 });
    const record = (subject: number, lineages: readonly LineageRecord[] = []) =>
      log.record({
        actor: 'a',
        action: 'x',
        subject: `${subject}`,
        outcome: 'ok',
        correlationId: 'c',
        lineages,
      });
    await record(0);
    await server.kill();
    const lineage = { id: 'l1', atMs: 1, modelVersion: 'v', payload: '{"positions":["MARKED"]}' };
    const base = {
      id: 'b1',
      modelId: 'AUSDT:1h',
      createdMs: 1,
      image: Uint8Array.of(1, 0, 255),
      bars: '[]',
    };
    const epoch = { id: 'e1', createdMs: 2, recipe: '{}' };
    await store.lineageInputs.keepBase(base);
    await store.lineageInputs.keepEpochs([epoch]);
    await Promise.all([1, 2, 3].map((subject) => record(subject, subject === 1 ? [lineage] : [])));
    expect(store.health()).toMatchObject({ status: 'spooling', lastError: 'connection' });
    for (const name of readdirSync(dir.path).filter((each) => each.endsWith('.spool')))
      expect(readFileSync(join(dir.path, name), 'utf8')).not.toContain('MARKED');
    expect(store.health().spooledRecords).toBeGreaterThan(0);
    expect((await store.audit.head('replica'))?.seq).toBe(3);
    await expect(store.portfolios.list(1)).rejects.toThrow(StoreUnavailableError);
    expect(await store.ping()).toBe(false);
    await server.start();
    await expect.poll(() => store.health().status, { timeout: 10_000 }).toBe('ok');
    await record(4);
    expect(await store.lineages.get('l1')).toEqual(lineage);
    expect(await store.lineageInputs.base('b1')).toEqual(base);
    expect(await store.lineageInputs.epoch('e1')).toEqual(epoch);
    expect((await store.audit.read('replica', 0, 9)).map(({ subject }) => subject)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
    ]);
    expect(await verifyAudit(store.audit)).toMatchObject({ ok: true, entries: 5 });
    await store.close();
  });
});
