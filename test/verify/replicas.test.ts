/**
 * Three replicas of the whole service on one PostgreSQL and one exchange: one trains at a time, a leader that
 * is killed in the middle of a job is replaced, nothing is promoted twice, and all give the same answers. Their
 * audit chains are anchored in each other, the dead one's to its last entry, and verify whoever is asked.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anchoredHeads } from '#engine/audit-anchor.ts';
import { verifyAudit } from '#engine/audit-verifier.ts';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { openStore } from '#store/open-store.ts';
import type { AuditRow } from '#store/ports/audit-entries.ts';
import type { Store } from '#store/ports/store.ts';
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts';
import { type RunningService, startService } from '../support/running-service.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];
const MODELS = SYMBOLS.flatMap((symbol) => [`${symbol}:1h`, `${symbol}:1d`]);
const REPLICAS = 3;
const WITHIN = { timeout: 180_000, interval: 100 };

/** Prices do not enter, and its bars close once a day. */
const STEADY_BOOK = {
  positions: [
    { symbol: 'BTCUSDT', notional: '1000' },
    { symbol: 'ETHUSDT', notional: '-700' },
  ],
  confidence: [0.95, 0.99],
  horizon: ['P1D'],
  contributions: true,
};

interface JobView {
  readonly id: string;
  readonly state: string;
  readonly result?: { readonly promoted: boolean; readonly version: string };
}

let postgres: TestPostgres;
let databaseUrl: string;
let exchange: Exchange;
let store: Store;
const folders: TempDir[] = [];
let replicas: RunningService[] = [];

async function steady(from: RunningService): Promise<string> {
  const reply = await from.post('/v1/var', STEADY_BOOK);
  expect(reply.status).toBe(200);
  const { results, model } = (await reply.json()) as { results: unknown; model: unknown };
  return JSON.stringify({ results, model });
}

const instanceOf = ({ lines }: RunningService): string =>
  /"instanceId":"([^"]+)".*"msg":"listening"/.exec(lines.find((line) => line.includes('"listening"'))!)![1]!;

async function auditRows(action: string): Promise<readonly AuditRow[]> {
  return store.audit.search({ action, limit: 1_000 });
}
const resultOf = (row: AuditRow) => (JSON.parse(row.details) as { result: string }).result;
const promotions = async () =>
  (await auditRows('model.promote')).filter((row) => resultOf(row) === 'promoted');

/** By chain: the others that hold an anchor to it, and how far the furthest of each reaches. */
async function anchorings(): Promise<Map<string, Map<string, number>>> {
  const found = new Map<string, Map<string, number>>();
  for (const row of await auditRows('audit.anchored'))
    for (const { chain, seq } of anchoredHeads(row)) {
      const holders = found.get(chain) ?? new Map<string, number>();
      found.set(chain, holders);
      holders.set(row.chain, Math.max(seq, holders.get(row.chain) ?? -1));
    }
  return found;
}

async function offlineVerdict(): Promise<{ code: number; output: string }> {
  const command = join(import.meta.dirname, '../../src/cli/verify-audit.ts');
  const child = spawn(process.execPath, [command], {
    env: { PATH: process.env['PATH'], DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const [code] = (await once(child, 'exit')) as [number];
  return { code, output };
}

async function championsRun(from: RunningService): Promise<string> {
  const { items } = (await (await from.get('/v1/models')).json()) as {
    items: { id: string; running?: string; versions: { version: string; role: string }[] }[];
  };
  for (const { running, versions } of items)
    if (running === undefined || versions.find(({ role }) => role === 'champion')?.version !== running)
      return '';
  return items.map(({ id, running }) => `${id}@${running}`).join();
}

beforeAll(async () => {
  postgres = await startPostgres();
  databaseUrl = await postgres.database();
  const encryptionKeys = `k1:${randomBytes(32).toString('base64')}`;
  exchange = await createExchange({ symbols: SYMBOLS, tradesPerSecond: 5 });
  const launch = () => {
    const folder = tempDir('replica');
    folders.push(folder);
    return startService({
      exchange,
      dataDir: folder.path,
      env: {
        SYMBOLS: SYMBOLS.join(),
        BAR_INTERVALS: '1h,1d',
        DATABASE_URL: databaseUrl,
        ENCRYPTION_KEYS: encryptionKeys,
        SANDBOX_PROVIDER: 'local',
      },
    });
  };
  replicas = await Promise.all(Array.from({ length: REPLICAS }, launch));
  await Promise.all(replicas.map((replica) => replica.ready(240_000)));
  const folder = tempDir('replica-observer');
  folders.push(folder);
  store = await openStore({ dataDir: folder.path, postgres: { url: databaseUrl }, encryptionKeys });
});
afterAll(async () => {
  for (const replica of replicas) {
    replica.child.kill('SIGKILL');
    await replica.exited;
  }
  await store?.close();
  await exchange?.close();
  await postgres?.close();
  for (const folder of folders) folder[Symbol.dispose]();
});

describe('three replicas on one database', () => {
  it('take the first fits of one of them as champions, each once, and answer alike to the last bit', async () => {
    await expect
      .poll(async () => {
        const seen = new Set(await Promise.all(replicas.map(championsRun)));
        return seen.size === 1 && !seen.has('');
      }, WITHIN)
      .toBe(true);
    expect((await promotions()).map(({ subject }) => subject.split('@')[0]).sort()).toEqual(
      [...MODELS].sort(),
    );
    const answers = await Promise.all(replicas.map(steady));
    expect(new Set(answers).size).toBe(1);
  });

  it('when the leader dies in the middle of a job, another finishes it, and nothing is promoted twice', async () => {
    const jobs = await Promise.all(
      MODELS.map(async (modelId) => {
        const reply = await replicas[1]!.post(`/v1/models/${modelId}/train`, {});
        expect(reply.status).toBe(202);
        return ((await reply.json()) as { id?: string; jobId?: string }).jobId;
      }),
    );
    expect(new Set(jobs).size).toBe(MODELS.length);

    await expect
      .poll(async () => (await store.jobs.list({ states: ['running'], limit: 10 })).length, WITHIN)
      .toBe(1);
    const [interrupted] = await store.jobs.list({ states: ['running'], limit: 1 });
    const leader = replicas.find((replica) => instanceOf(replica) === interrupted!.holder)!;
    leader.child.kill('SIGKILL');
    await leader.exited;
    const survivors = replicas.filter((replica) => replica !== leader);

    let failed = 0;
    let answered = 0;
    let holders = new Set<string>();
    const over = async () => {
      for (const survivor of survivors) {
        const reply = await survivor.post('/v1/var', STEADY_BOOK).catch(() => undefined);
        if (reply?.status === 200) answered++;
        else failed++;
        await reply?.arrayBuffer();
      }
      const running = await store.jobs.list({ states: ['running'], limit: 10 });
      // One trainer: every running job is the present leader's, or still the dead one's.
      holders = new Set(
        running.map(({ holder }) => holder!).filter((holder) => holder !== interrupted!.holder),
      );
      expect(holders.size).toBeLessThanOrEqual(1);
      return (await store.jobs.list({ states: ['queued', 'running'], limit: 10 })).length;
    };
    await expect.poll(over, WITHIN).toBe(0);
    expect(failed).toBe(0);
    expect(answered).toBeGreaterThan(0);

    const finished = await store.jobs.list({ limit: 100 });
    expect(finished.map(({ id }) => id).sort()).toEqual([...(jobs as string[])].sort());
    expect(finished.map(({ state }) => state)).toEqual(MODELS.map(() => 'done'));
    const again = finished.find(({ id }) => id === interrupted!.id)!;
    expect(again.attempts).toBe(2);
    expect(again.holder).not.toBe(interrupted!.holder);
    expect(survivors.map(instanceOf)).toContain(again.holder);
    expect(again.fence!).toBeGreaterThan(interrupted!.fence!);

    const ends = (await auditRows('model.train')).filter((row) =>
      ['promoted', 'rejected'].includes(resultOf(row)),
    );
    expect(ends.map(({ correlationId }) => correlationId).sort()).toEqual([...(jobs as string[])].sort());
    const promoted = finished.filter(({ result }) => (JSON.parse(result!) as JobView['result'])!.promoted);
    const subjects = (await promotions()).map(({ subject }) => subject);
    expect(new Set(subjects).size).toBe(subjects.length);
    expect(subjects).toHaveLength(MODELS.length + promoted.length);
    for (const { modelId, result } of promoted)
      expect(subjects).toContain(`${modelId}@${(JSON.parse(result!) as JobView['result'])!.version}`);
    process.stdout.write(
      `${promoted.length} of ${jobs.length} challengers promoted, ${answered} answers meanwhile\n`,
    );

    await expect
      .poll(async () => {
        const running = new Set(await Promise.all(survivors.map(championsRun)));
        return running.size === 1 && !running.has('');
      }, WITHIN)
      .toBe(true);
    expect(new Set(await Promise.all(survivors.map(steady))).size).toBe(1);

    const verdict = await verifyAudit(store.audit);
    expect(verdict.broken).toBeUndefined();
    expect(verdict.chains.length).toBeGreaterThanOrEqual(2);
  });

  it('their audit chains are anchored in each other, the dead one to its end, and verify whoever is asked', async () => {
    const dead = replicas.filter(({ child }) => child.signalCode !== null);
    const survivors = replicas.filter((replica) => !dead.includes(replica));
    expect(dead).toHaveLength(1);
    const chains = replicas.map(instanceOf);
    const end = (await store.audit.heads()).find(({ chain }) => chain === instanceOf(dead[0]!))!;

    await expect
      .poll(async () => {
        const found = await anchorings();
        const inEachOther = chains.every((chain) => (found.get(chain)?.size ?? 0) > 0);
        const toItsEnd = survivors.every(
          (survivor) => found.get(end.chain)?.get(instanceOf(survivor)) === end.seq,
        );
        return inEachOther && toItsEnd;
      }, WITHIN)
      .toBe(true);

    for (const survivor of survivors) {
      const verdict = (await (await survivor.get('/v1/audit/verify')).json()) as {
        ok: boolean;
        anchors: number;
        chains: { chain: string }[];
      };
      expect(verdict).toMatchObject({ ok: true });
      expect(verdict.anchors).toBeGreaterThanOrEqual(3);
      expect(verdict.chains.map(({ chain }) => chain)).toEqual(expect.arrayContaining(chains));
    }
    const { code, output } = await offlineVerdict();
    expect(code, output).toBe(0);
    for (const chain of chains) expect(output).toContain(chain);
  });
});
