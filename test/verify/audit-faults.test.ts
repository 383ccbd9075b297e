/**
 * A thousand faults in a seeded order: processes killed in the middle of writes, databases cut off, disks
 * filled. After each of them: every acknowledged audit entry is there, once, and the chains verify.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog } from '#engine/audit-log.ts';
import { verifyAudit } from '#engine/audit-verifier.ts';
import { createRandom, type RandomStream } from '#math/random.ts';
import { openStore } from '#store/open-store.ts';
import type { AuditReader } from '#store/ports/audit-entries.ts';
import type { Store } from '#store/ports/store.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { tcpGate } from '../support/tcp-gate.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const KILLS = 60;
const CUTS = 860;
const FULL_DISKS = 80;
const SEED = 20_261;
const WRITER = join(import.meta.dirname, '../support/audit-writer.ts');
const KEYS = `k:${Buffer.alloc(32, 1).toString('base64')}`;

async function subjectsOf(reader: AuditReader, chain: string): Promise<readonly string[]> {
  const subjects: string[] = [];
  for (let from = 0; ; from += 1_000) {
    const rows = await reader.read(chain, from, 1_000);
    subjects.push(...rows.map(({ subject }) => subject));
    if (rows.length < 1_000) return subjects;
  }
}

async function expectNothingLost(
  reader: AuditReader,
  chain: string,
  acknowledged: readonly string[],
): Promise<void> {
  const kept = await subjectsOf(reader, chain);
  const found = new Set(kept);
  expect(found.size).toBe(kept.length);
  expect(acknowledged.filter((subject) => !found.has(subject))).toEqual([]);
  expect((await verifyAudit(reader)).broken).toBeUndefined();
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const between = (random: RandomStream, low: number, high: number) => low + (high - low) * random.uniform();

describe('a thousand faults', () => {
  let server: TestPostgres;
  let dir: TempDir;
  beforeAll(async () => {
    server = await startPostgres();
    dir = tempDir('faults');
  });
  afterAll(async () => {
    await server.close();
    dir[Symbol.dispose]();
  });

  it(`${KILLS} times a writing process is killed: no acknowledged entry is lost and the chain stays whole`, async () => {
    const random = createRandom(SEED, 1);
    const home = join(dir.path, 'killed');
    const acknowledged: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [WRITER, home, `run${kill}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      const closed = once(child, 'close');
      await once(child.stdout, 'data');
      await pause(between(random, 0, 25));
      child.kill('SIGKILL');
      await closed;
      acknowledged.push(...text.split('\n').slice(0, -1));
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    const store = await openStore({ dataDir: home });
    await expectNothingLost(store.audit, 'killed', acknowledged);
    await store.close();
  });

  /** Writes all the while `faults` happen; resolves to what was acknowledged and how much was refused. */
  async function writeThrough(store: Store, faults: () => Promise<void>) {
    const log = new AuditLog({ entries: store.audit, chain: 'storm', lingerMs: 0 });
    const acknowledged: string[] = [];
    let refused = 0;
    let over = false;
    let next = 0;
    const writer = async () => {
      while (!over) {
        const subject = `entry-${next++}`;
        await log.record({ actor: 'a', action: 'x', subject, outcome: 'ok', correlationId: 'c' }).then(
          () => acknowledged.push(subject),
          async () => {
            refused++;
            await pause(1);
          },
        );
        await pause(1);
      }
    };
    const writers = Promise.all(Array.from({ length: 3 }, writer));
    await faults();
    over = true;
    await writers;
    await expect.poll(() => store.health().status, { timeout: 30_000 }).toBe('ok');
    return { acknowledged, refused };
  }

  it(`${CUTS} times the database is cut off: entries are spooled and replayed, none lost, none twice`, async () => {
    const random = createRandom(SEED, 2);
    const url = new URL(await server.database());
    const gate = await tcpGate(Number(url.port));
    url.port = `${gate.port}`;
    const store = await openStore({
      dataDir: join(dir.path, 'cut'),
      postgres: { url: url.href, connectTimeoutMs: 500, statementTimeoutMs: 1_000 },
      encryptionKeys: KEYS,
      spoolRetryMs: 10,
    });
    const { acknowledged } = await writeThrough(store, async () => {
      for (let cut = 0; cut < CUTS; cut++) {
        await pause(between(random, 1, 40));
        gate.shut();
        await pause(between(random, 0, 25));
        gate.open();
      }
    });
    expect(acknowledged.length).toBeGreaterThan(CUTS);
    await expectNothingLost(store.audit, 'storm', acknowledged);
    await store.close();
    await gate.close();
  });

  it(`${FULL_DISKS} times the disk is full: what cannot be kept is refused, what was acknowledged stays`, async (context) => {
    const random = createRandom(SEED, 3);
    const disk = join(dir.path, 'disk');
    const small = mountSmallDisk(disk, 24);
    if ('refused' in small) return context.skip(small.refused);
    try {
      const store = await openStore({ dataDir: disk, spoolRetryMs: 10 });
      const { acknowledged, refused } = await writeThrough(store, async () => {
        for (let full = 0; full < FULL_DISKS; full++) {
          await pause(between(random, 5, 60));
          small.fill();
          await pause(between(random, 20, 120));
          small.free();
        }
      });
      expect(refused).toBeGreaterThan(0);
      await expectNothingLost(store.audit, 'storm', acknowledged);
      await store.close();
      const again = await openStore({ dataDir: disk });
      await expectNothingLost(again.audit, 'storm', acknowledged);
      await again.close();
    } finally {
      small.unmount();
    }
  });
});
