import { spawnSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog } from '#engine/audit-log.ts';
import { verifyAudit } from '#engine/audit-verifier.ts';
import { openAuditReader } from '#store/open-audit-reader.ts';
import { openStore } from '#store/open-store.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';

const COMMAND = join(import.meta.dirname, '../../../src/cli/verify-audit.ts');
const ENTRIES = 40;

describe('the verifier on a database', () => {
  let dir: TempDir;
  beforeAll(async () => {
    dir = tempDir('verify');
    const store = await openStore({ dataDir: dir.path });
    const log = new AuditLog({ entries: store.audit, chain: 'pod-1', lingerMs: 0 });
    for (let index = 0; index < ENTRIES; index++)
      await log.record({ actor: 'x', action: 'do', subject: `${index}`, outcome: 'ok', correlationId: 'c' });
    await log.close();
    await store.close();
  });
  afterAll(() => dir[Symbol.dispose]());

  let copies = 0;
  /** Changes a copy of the database behind its guards, as someone with the file would. */
  function tampered(sql: string): string {
    const path = join(dir.path, `copy-${copies++}.db`);
    copyFileSync(join(dir.path, 'store.db'), path);
    const database = new DatabaseSync(path);
    database.exec('drop trigger audit_entries_no_update; drop trigger audit_entries_no_delete;');
    database.exec(sql);
    database.close();
    return path;
  }

  it('as a command: exit code 0 and the heads when whole, 1 and the entry when broken, 2 without a database', () => {
    const run = (path: string) =>
      spawnSync(process.execPath, [COMMAND, '--database', path], { encoding: 'utf8' });
    const whole = run(join(dir.path, 'store.db'));
    expect([whole.status, whole.stdout]).toEqual([0, expect.stringContaining(`ok: ${ENTRIES} entries`)]);
    const broken = run(tampered("update audit_entries set outcome = 'failed' where seq = 17"));
    expect([broken.status, broken.stdout]).toEqual([1, expect.stringContaining('chain pod-1, entry 17')]);
    expect(run(join(dir.path, 'absent.db'))).toMatchObject({ status: 2 });
  });

  it('reads beside the process that writes', async () => {
    using own = tempDir('beside');
    const store = await openStore({ dataDir: own.path });
    const log = new AuditLog({ entries: store.audit, chain: 'live', lingerMs: 0 });
    const reader = await openAuditReader(join(own.path, 'store.db'));
    for (let entries = 1; entries <= 3; entries++) {
      await log.record({ actor: 'x', action: 'do', subject: 's', outcome: 'ok', correlationId: 'c' });
      expect(await verifyAudit(reader)).toMatchObject({ ok: true, entries });
    }
    await reader.close();
    await store.close();
  });

  it.each([
    ['at_ms', 'at_ms + 1'],
    ['actor', "'m'"],
    ['action', "'m'"],
    ['subject', "'m'"],
    ['outcome', "'m'"],
    ['correlation_id', "'m'"],
    ['details', '\'{"a":1}\''],
    ['previous_hash', "'00'"],
    ['hash', "'00'"],
  ])('finds and names the row whose column %s was changed', async (column, value) => {
    const seq = [0, 23, ENTRIES - 1][copies % 3];
    const reader = await openAuditReader(
      tampered(`update audit_entries set ${column} = ${value} where seq = ${seq}`),
    );
    expect((await verifyAudit(reader)).broken).toMatchObject({ chain: 'pod-1', seq });
    await reader.close();
  });

  it.each([
    ['a row deleted from the middle', 'delete from audit_entries where seq = 5', 5],
    ['the last row deleted', `delete from audit_entries where seq = ${ENTRIES - 1}`, ENTRIES - 1],
    [
      'rows swapped',
      'update audit_entries set seq = case seq when 8 then 1009 else 1008 end where seq in (8, 9); update audit_entries set seq = seq - 1000 where seq > 1000',
      8,
    ],
    ['the first rows deleted', 'delete from audit_entries where seq < 3', 0],
    ['a row renamed to another chain', "update audit_entries set chain = 'pod-2' where seq = 12", 12],
  ])('finds and names %s', async (_name, sql, seq) => {
    const reader = await openAuditReader(tampered(sql));
    expect((await verifyAudit(reader)).broken).toMatchObject({ chain: 'pod-1', seq });
    await reader.close();
  });
});
