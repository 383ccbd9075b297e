import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstanceRegister, type InstanceRegister } from '#engine/instance-register.ts';
import { createSandboxPool } from '#engine/sandbox-pool.ts';
import type { PoolEvent, SandboxPool, SandboxPoolOptions } from '#engine/sandbox-pool-types.ts';
import { createE2bProvider } from '#sandbox/e2b-provider.ts';
import { openStore } from '#store/open-store.ts';
import { type E2bDouble, startE2bDouble } from '../support/e2b-double.ts';
import { tempDir } from '../support/temp-dir.ts';
import { tinyTrainer } from '../support/tiny-trainer.ts';

const TAG = { app: 'bayesian-var', env: 'test', poolId: 'pool' };

let e2b: E2bDouble;
let pool: SandboxPool;
let events: PoolEvent[];
let nowMs: number;

function makePool(overrides: Partial<SandboxPoolOptions> = {}, requestTimeoutMs = 15_000): SandboxPool {
  const { url, apiKey } = e2b;
  const provider = createE2bProvider({
    apiKey,
    template: 'base',
    program: tinyTrainer(),
    apiUrl: url,
    sandboxUrl: url,
    requestTimeoutMs,
  });
  return createSandboxPool({
    provider,
    size: 3,
    tag: TAG,
    instanceId: 'me',
    liveInstances: async () => new Set(['me']),
    maintenanceMs: 1_000_000,
    now: () => nowMs,
    onEvent: (event) => events.push(event),
    ...overrides,
  });
}

const job = (document: object) => ({ id: randomUUID(), input: Buffer.from(JSON.stringify(document)) });

beforeEach(async () => {
  e2b = await startE2bDouble();
  events = [];
  nowMs = Date.now();
  pool = makePool();
  await pool.start();
});
afterEach(async () => {
  await pool.close();
  await e2b.close();
});

describe('the sandbox pool', () => {
  it('keeps three warm sandboxes, with no internet, and ends them all when it closes', async () => {
    expect(pool.status()).toMatchObject({ healthy: 3, required: 3, quorum: true, provider: 'e2b' });
    expect(e2b.sandboxes.size).toBe(3);
    await pool.close();
    expect(e2b.sandboxes.size).toBe(0);
  });

  it('gives each of three jobs a slot of its own and queues the fourth', async () => {
    const runs = await Promise.all([1, 2, 3, 4].map((value) => pool.submit(job({ act: 'echo', value }))));
    expect(
      runs.map((run) => run.ok && JSON.parse(Buffer.from(run.value.result).toString()).echo.value),
    ).toEqual([1, 2, 3, 4]);
    expect(new Set(runs.slice(0, 3).map((run) => run.ok && run.value.sandboxId)).size).toBe(3);
  });

  it('retries once on another slot when a sandbox vanishes in the middle of a job, and replaces it', async () => {
    e2b.fail('start', { kind: 'vanish' });
    const run = await pool.submit(job({ act: 'echo' }));
    expect(run).toMatchObject({ ok: true, value: { attempts: 2 } });
    await pool.maintain();
    expect(pool.status().healthy).toBe(3);
    expect(e2b.sandboxes.size).toBe(3);
  });

  it('does not retry a job that the trainer refuses', async () => {
    const run = await pool.submit(job({ act: 'bad-input', why: 'x' }));
    expect(run).toMatchObject({ ok: false, fault: { kind: 'trainer-failed' } });
    expect(events.filter(({ kind }) => kind === 'job')).toMatchObject([{ attempts: 1 }]);
  });

  it('loses quorum when two of three die and has it back after the next round', async () => {
    const [a, b] = [...e2b.sandboxes.keys()];
    e2b.fail('create', { kind: 'status', status: 503 });
    e2b.fail('create', { kind: 'status', status: 503 });
    await e2b.vanish(a!);
    await e2b.vanish(b!);
    await pool.maintain();
    expect(pool.status()).toMatchObject({ healthy: 1, quorum: false });
    nowMs += 60_000;
    await pool.maintain();
    expect(pool.status()).toMatchObject({ healthy: 3, quorum: true });
  });

  it('takes one unanswered probe for a lost packet and two for an illness', async () => {
    e2b.fail('health', { kind: 'status', status: 500 });
    await pool.maintain();
    expect(pool.status().healthy).toBe(3);
    expect(events.filter(({ kind }) => kind === 'lost')).toEqual([]);
    for (let slot = 0; slot < 3; slot++) e2b.fail('health', { kind: 'status', status: 500 });
    await pool.maintain();
    expect(events.filter(({ kind }) => kind === 'lost')).toHaveLength(1);
  });

  it('replaces a sandbox before its end of life, the new one first', async () => {
    const old = [...e2b.sandboxes.keys()];
    nowMs += 3_600_000 * 0.81;
    await pool.maintain();
    expect(events.filter(({ kind }) => kind === 'rotated')).toHaveLength(3);
    expect([...e2b.sandboxes.keys()].some((id) => old.includes(id))).toBe(false);
  });

  it('refuses a job over the bounded queue at once', async () => {
    await pool.close();
    pool = makePool({ maxQueue: 0 });
    await pool.start();
    expect(await pool.submit(job({ act: 'echo' }))).toMatchObject({
      ok: false,
      fault: { kind: 'capacity', retryable: true },
    });
  });

  it('pauses creation for long after a refused key, and says why', async () => {
    await pool.close();
    for (let slot = 0; slot < 3; slot++) e2b.fail('create', { kind: 'status', status: 401 });
    pool = makePool();
    await pool.start();
    const before = e2b.created;
    nowMs += 30_000;
    await pool.maintain();
    expect(e2b.created).toBe(before);
    expect(pool.status()).toMatchObject({ healthy: 0, blocked: expect.stringContaining('auth') });
  });

  it('tries a refused creation again when its back-off is over, without waiting for the next round', async () => {
    await pool.close();
    e2b.fail('create', { kind: 'status', status: 503 });
    pool = makePool({ now: Date.now });
    await pool.start();
    expect(pool.status().healthy).toBe(2);
    await expect.poll(() => pool.status().healthy, { timeout: 10_000 }).toBe(3);
  });

  it('stops creating when the day has cost its budget', async () => {
    await pool.close();
    pool = makePool({ dailyBudgetUsd: 0.0001 });
    await pool.start();
    nowMs += 60_000;
    await pool.maintain();
    await e2b.vanish([...e2b.sandboxes.keys()][0]!);
    await pool.maintain();
    expect(pool.status().blocked).toContain('budget');
  });

  it('ends orphans of a killed instance but not those of a living one', async () => {
    const dead = makePool({
      instanceId: 'killed',
      liveInstances: () => Promise.resolve(new Set(['me', 'killed'])),
    });
    const living = makePool({
      instanceId: 'living',
      liveInstances: () => Promise.resolve(new Set(['living', 'me', 'killed'])),
    });
    await dead.start();
    await living.start();
    expect(e2b.sandboxes.size).toBe(9);
    await pool.close();
    pool = makePool({ instanceId: 'me', liveInstances: () => Promise.resolve(new Set(['me', 'living'])) });
    await pool.start();
    expect(events.filter(({ kind }) => kind === 'reaped')).toHaveLength(3);
    expect(e2b.sandboxes.size).toBe(6);
    await living.close();
  });

  it('ends nothing while it cannot be learned who lives', async () => {
    const other = makePool({ instanceId: 'other', liveInstances: async () => new Set(['other', 'me']) });
    await other.start();
    await pool.close();
    pool = makePool({ liveInstances: () => Promise.reject(new Error('the store is away')) });
    await pool.start();
    expect(e2b.sandboxes.size).toBe(6);
    await other.close();
  });

  it('of several replicas leaves those of the others alone, and ends those of one that fell silent', async () => {
    using dir = tempDir('register');
    const store = await openStore({ dataDir: dir.path });
    const registers = ['one', 'two'].map((instanceId) =>
      createInstanceRegister({ leases: store.leases, instanceId, ttlMs: 60_000, everyMs: 1_000_000 }),
    );
    const [one, two] = registers as [InstanceRegister, InstanceRegister];
    await pool.close();
    pool = makePool({ instanceId: 'one', liveInstances: one.living });
    const second = makePool({ instanceId: 'two', liveInstances: two.living });
    await Promise.all([one.beat(), two.beat()]);
    await Promise.all([pool.start(), second.start()]);
    for (let round = 0; round < 3; round++) {
      nowMs += 60_000;
      await Promise.all([pool.maintain(), second.maintain()]);
    }
    expect(e2b.sandboxes.size).toBe(6);
    expect(events.filter(({ kind }) => kind === 'reaped')).toEqual([]);
    await two.close();
    nowMs += 60_000;
    await pool.maintain();
    expect(events.filter(({ kind }) => kind === 'reaped')).toHaveLength(3);
    expect([...e2b.sandboxes.values()].map(({ metadata }) => metadata['instanceId'])).toEqual([
      'one',
      'one',
      'one',
    ]);
    await second.close();
    await one.close();
    await store.close();
  });
});
