import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FieldCipher } from '#store/crypto/field-cipher.ts';
import { parseKeyRing } from '#store/crypto/key-ring.ts';
import { openStore } from '#store/open-store.ts';
import { auditRow } from '../../support/audit-rows.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { storeContract } from './store-contract.ts';

const contractDir = tempDir('sqlite');
storeContract('sqlite', () => openStore({ dataDir: contractDir.path }));
afterAll(() => contractDir[Symbol.dispose]());

describe('the SQLite file', () => {
  it('keeps what it was given over a restart', async () => {
    using dir = tempDir('restart');
    const first = await openStore({ dataDir: dir.path });
    await first.audit.append([auditRow('c', 0)]);
    await first.close();
    const second = await openStore({ dataDir: dir.path });
    expect(await second.audit.read('c', 0, 9)).toEqual([auditRow('c', 0)]);
    await second.close();
  });

  it('has one owner: a second opener is refused while the first lives, and welcome after', async () => {
    using dir = tempDir('owner');
    const first = await openStore({ dataDir: dir.path });
    await expect(openStore({ dataDir: dir.path })).rejects.toThrow(/in use by another process/);
    await first.close();
    const second = await openStore({ dataDir: dir.path });
    await second.close();
  });

  it('is free again at once when its owner is killed', async () => {
    using dir = tempDir('killed');
    const program = `const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, '../../../src/store/open-store.ts'))});
      await openStore({ dataDir: ${JSON.stringify(dir.path)} }); console.log('open'); setInterval(() => {}, 1e6);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await expect(openStore({ dataDir: dir.path })).rejects.toThrow(/in use by another process/);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    const store = await openStore({ dataDir: dir.path });
    expect(await store.ping()).toBe(true);
    await store.close();
  });

  it.each([
    ['bytes that are no database', (path: string) => writeFileSync(path, 'not a database '.repeat(500))],
    [
      'a page overwritten in the middle',
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.fill(0xa5, 4096 * 3, 4096 * 6);
        writeFileSync(path, bytes);
      },
    ],
    [
      'a file cut short',
      (path: string) => {
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.subarray(0, bytes.length / 2));
      },
    ],
  ])('is refused with a clear message and left untouched: %s', async (_name, damage) => {
    using dir = tempDir('corrupt');
    const store = await openStore({ dataDir: dir.path });
    await store.audit.append(Array.from({ length: 200 }, (_, seq) => auditRow('c', seq)));
    await store.close();
    const path = join(dir.path, 'store.db');
    damage(path);
    copyFileSync(path, `${path}.before`);
    await expect(openStore({ dataDir: dir.path })).rejects.toThrow(/store\.db is damaged .* left untouched/);
    expect(readFileSync(path).equals(readFileSync(`${path}.before`))).toBe(true);
  });

  it('and its key are readable by their owner only', async () => {
    using dir = tempDir('modes');
    const store = await openStore({ dataDir: dir.path });
    for (const name of ['store.db', 'store.keys', 'store.spool'])
      expect([name, statSync(join(dir.path, name)).mode & 0o077]).toEqual([name, 0]);
    await store.close();
    expect(existsSync(join(dir.path, 'store.db'))).toBe(true);
  });

  it('never shows a position, a limit or a kept reply in the clear', async () => {
    using dir = tempDir('clear');
    const store = await openStore({ dataDir: dir.path });
    const positions = [{ symbol: 'SECRETCOIN', quantity: '424242.4242' }];
    await store.portfolios.create({ id: 'p', name: 'n', currency: 'USDT', createdMs: 1, positions });
    await store.idempotency.claim('c', 'k', 'f', 0, 1, 1);
    await store.idempotency.finish('c', 'k', {
      status: 201,
      body: 'SECRETCOIN 424242',
      contentType: 'text/plain',
    });
    const lineage = { id: 'l', atMs: 1, modelVersion: 'v', payload: '["SECRETCOIN","424242"]' };
    await store.audit.append([auditRow('clear', 0)], [lineage]);
    await store.close();
    const bytes = readFileSync(join(dir.path, 'store.db'), 'latin1');
    expect(bytes).toContain('portfolios');
    expect(bytes).not.toMatch(/SECRETCOIN|424242/);
  });

  it('still answers for lineages that the release before kept in rows of their own', async () => {
    using dir = tempDir('rows');
    const key = Buffer.alloc(32, 1).toString('base64');
    const open = () => openStore({ dataDir: dir.path, encryptionKeys: `k:${key}` });
    await (await open()).close();
    const payload = JSON.stringify({ positions: ['BTCUSDT'] });
    const { keyId, sealed } = new FieldCipher(parseKeyRing(`k:${key}`)).seal('lineages/l', payload);
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(dir.path, 'store.db'));
    database.prepare('insert into lineages values (?, ?, ?, ?, ?)').run('l', 1, 'v', keyId, sealed);
    database.close();
    const store = await open();
    const record = { id: 'l', atMs: 1, modelVersion: 'v', payload: { positions: ['BTCUSDT'] } };
    expect(await store.lineages.get('l')).toEqual(record);
    await store.close();
  });

  it('finds the page of a lineage without reading what is sealed', async () => {
    using dir = tempDir('plan');
    await (await openStore({ dataDir: dir.path })).close();
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(dir.path, 'store.db'));
    const plan = database
      .prepare(
        "explain query plan select chain, seq from lineage_pages where instr(lineage_ids, 'a') > 0 order by at_ms desc",
      )
      .all();
    expect(plan.map((step) => step['detail'])).toEqual([
      'SCAN lineage_pages USING COVERING INDEX lineage_pages_by_time',
    ]);
    database.close();
  });

  it('refuses to change or drop an audit row even to SQL of its own', async () => {
    using dir = tempDir('guards');
    const store = await openStore({ dataDir: dir.path });
    await store.audit.append([auditRow('c', 0)]);
    await store.close();
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(dir.path, 'store.db'));
    expect(() => database.exec("update audit_entries set actor = 'mallory'")).toThrow(/append-only/);
    expect(() => database.exec('delete from audit_entries')).toThrow(/append-only/);
    database.close();
  });
});
