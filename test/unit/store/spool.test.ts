import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openStore } from '#store/open-store.ts';
import { StoreUnavailableError } from '#store/ports/store-failure.ts';
import { SpoolFile, SpoolFullError } from '#store/spool/spool-file.ts';
import { SpooledWriter, type SpoolRecord } from '#store/spool/spooled-writer.ts';
import { SqliteError } from '#store/sqlite/sqlite-link.ts';
import { auditRow } from '../../support/audit-rows.ts';
import { tempDir } from '../../support/temp-dir.ts';

describe('the spool file', () => {
  it('gives back whole records after a restart, and drops a torn tail wherever it was cut', async () => {
    using dir = tempDir('spool');
    const path = join(dir.path, 's.spool');
    const spool = await SpoolFile.open(path, 1e6);
    for (const word of ['alpha', 'beta\nwith a break', 'gamma']) await spool.append({ word });
    await spool.close();
    const whole = readFileSync(path);
    const lastStart = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let cut = lastStart; cut < whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      const again = await SpoolFile.open(path, 1e6);
      expect(again.records).toEqual([{ word: 'alpha' }, { word: 'beta\nwith a break' }]);
      await again.append({ word: 'delta' });
      await again.close();
      const third = await SpoolFile.open(path, 1e6);
      expect(third.records).toHaveLength(3);
      await third.close();
    }
  });

  it('stops at a damaged record', async () => {
    using dir = tempDir('spool');
    const path = join(dir.path, 's.spool');
    const spool = await SpoolFile.open(path, 1e6);
    await spool.append({ word: 'one' });
    await spool.close();
    appendFileSync(path, '00000000 {"word":"forged"}\n');
    const again = await SpoolFile.open(path, 1e6);
    expect(again.records).toEqual([{ word: 'one' }]);
    await again.close();
  });

  it('is bounded', async () => {
    using dir = tempDir('spool');
    const spool = await SpoolFile.open(join(dir.path, 's.spool'), 60);
    await spool.append({ word: 'fits' });
    await expect(spool.append({ word: 'x'.repeat(50) })).rejects.toThrow(SpoolFullError);
    expect(spool.records).toHaveLength(1);
    await spool.close();
  });
});

describe('the spooled writer', () => {
  async function scene(path: string, limit = 1e6) {
    const applied: string[] = [];
    const state = { up: true };
    const refused: SpoolRecord[] = [];
    const writer = new SpooledWriter({
      spool: await SpoolFile.open(path, limit),
      apply: async (records) => {
        const rows = records.flatMap((record) => record.rows);
        if (!state.up) throw new SqliteError('disk full', 13);
        if (rows.includes('poison')) throw new Error('refused');
        applied.push(...rows.map(String));
      },
      probe: async () => state.up,
      retryMs: 5,
      onRefused: (record) => refused.push(record),
      onOutcome: () => {},
    });
    const write = (word: string) => writer.write({ kind: 'k', rows: [word] });
    return { applied, state, refused, writer, write };
  }

  it('keeps what is written together in one go, and through an outage each after its forerunner', async () => {
    using dir = tempDir('writer');
    const { applied, state, writer } = await scene(join(dir.path, 's.spool'));
    const pair = (one: string, two: string) =>
      writer.writeTogether([
        { kind: 'first', rows: [one] },
        { kind: 'second', rows: [two] },
      ]);
    await expect(pair('1', 'poison')).rejects.toThrow('refused');
    state.up = false;
    await pair('2', '3');
    expect([applied, writer.spooled.map(({ rows }) => rows)]).toEqual([[], [['2'], ['3']]]);
    state.up = true;
    await expect.poll(() => writer.spooling).toBe(false);
    expect(applied).toEqual(['2', '3']);
    await writer.close();
  });

  it('keeps the order of its callers through an outage and comes back by itself', async () => {
    using dir = tempDir('writer');
    const { applied, state, writer, write } = await scene(join(dir.path, 's.spool'));
    await write('1');
    state.up = false;
    await Promise.all(['2', '3', '4'].map(write));
    expect([applied, writer.spooling]).toEqual([['1'], true]);
    state.up = true;
    await write('5');
    await expect.poll(() => writer.spooling).toBe(false);
    await write('6');
    expect(applied).toEqual(['1', '2', '3', '4', '5', '6']);
    await writer.close();
  });

  it('says so when not even the spool takes more, and recovers', async () => {
    using dir = tempDir('writer');
    const { applied, state, writer, write } = await scene(join(dir.path, 's.spool'), 50);
    state.up = false;
    await write('fits');
    await expect(write('x'.repeat(60))).rejects.toThrow(StoreUnavailableError);
    expect(writer.full).toBe(true);
    state.up = true;
    await expect.poll(() => writer.spooling).toBe(false);
    expect([applied, writer.full]).toEqual([['fits'], false]);
    await writer.close();
  });

  it('reports a record that is refused for good, and neither spools nor repeats it', async () => {
    using dir = tempDir('writer');
    const { state, refused, writer, write, applied } = await scene(join(dir.path, 's.spool'));
    await expect(write('poison')).rejects.toThrow('refused');
    expect(writer.spooling).toBe(false);
    state.up = false;
    await write('poison');
    await write('after');
    state.up = true;
    await expect.poll(() => writer.spooling).toBe(false);
    expect(refused).toHaveLength(1);
    expect(applied).toEqual(['after']);
    await writer.close();
  });
});

describe('a spool that a killed process left', () => {
  it('is taken over by the next opener of the folder, whatever its name, and removed', async () => {
    using dir = tempDir('adopt');
    const path = join(dir.path, 'former-process.spool');
    const left = await SpoolFile.open(path, 1e6);
    await left.append({ kind: 'audit', rows: [auditRow('former', 0), auditRow('former', 1)] });
    await left.append({ kind: 'audit', rows: [auditRow('former', 2)] });
    await left.append({ kind: 'audit', rows: [auditRow('former', 3)] });
    await left.close();
    truncateSync(path, readFileSync(path).length - 3);
    const store = await openStore({ dataDir: dir.path, instance: 'next' });
    expect((await store.audit.read('former', 0, 9)).map(({ seq }) => seq)).toEqual([0, 1, 2]);
    expect(existsSync(path)).toBe(false);
    await store.close();
  });
});
