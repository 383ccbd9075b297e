import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createE2bProvider } from '#sandbox/e2b-provider.ts';
import { createLocalProvider } from '#sandbox/local-provider.ts';
import type { TrainingJob, TrainingSandbox, TrainingSandboxProvider } from '#sandbox/training-sandbox.ts';
import { type E2bDouble, startE2bDouble } from '../support/e2b-double.ts';
import { tinyTrainer } from '../support/tiny-trainer.ts';

const TAG = { app: 'bayesian-var', poolId: 'contract' };
let e2b: E2bDouble;
let root: string;

beforeAll(async () => {
  e2b = await startE2bDouble();
  root = await mkdtemp(join(tmpdir(), 'bvar-local-'));
});
afterAll(async () => {
  await e2b.close();
  await rm(root, { recursive: true, force: true });
});

function job(document: object, overrides: Partial<TrainingJob> = {}): TrainingJob {
  const input = Buffer.from(JSON.stringify(document));
  return { id: randomUUID(), input, timeoutMs: 10_000, memoryMb: 128, ...overrides };
}

function e2bProvider(requestTimeoutMs = 5_000): TrainingSandboxProvider {
  const { url, apiKey } = e2b;
  return createE2bProvider({
    apiKey,
    template: 'base',
    program: tinyTrainer(),
    apiUrl: url,
    sandboxUrl: url,
    requestTimeoutMs,
  });
}

async function make(provider: TrainingSandboxProvider): Promise<TrainingSandbox> {
  const created = await provider.create(TAG, 60_000);
  if (!created.ok) throw new Error(created.fault.message);
  return created.value;
}

describe.each([
  ['local child process', () => createLocalProvider({ root, program: tinyTrainer() })],
  ['E2B, the real SDK on the wire', () => e2bProvider()],
] as const)('a training sandbox: %s', (_name, provide) => {
  let provider: TrainingSandboxProvider;
  let sandbox: TrainingSandbox;
  beforeEach(async () => {
    provider = provide();
    sandbox = await make(provider);
  });
  afterEach(async () => {
    await sandbox.destroy();
    await provider.close();
  });

  it('runs a job and hands its result back', async () => {
    const lines: string[] = [];
    const run = await sandbox.run(job({ act: 'echo', value: 7 }), (line) => lines.push(line));
    expect(run.ok && JSON.parse(Buffer.from(run.value.result).toString('utf8')).echo).toEqual({
      act: 'echo',
      value: 7,
    });
    expect(lines.join('')).toContain('progress 0.5');
  });

  it('runs the same job twice with the same bytes', async () => {
    const wanted = job({ act: 'echo', value: [1, 2, 3] });
    const first = await sandbox.run(wanted);
    const second = await sandbox.run(wanted);
    expect(first.ok && second.ok && Buffer.compare(first.value.result, second.value.result)).toBe(0);
  });

  it('is healthy at all three levels', async () => {
    expect(await Promise.all([sandbox.probe(), sandbox.inspect(), sandbox.reconcile()])).toEqual(
      Array(3).fill('healthy'),
    );
  });

  it('is found by its metadata and by no other', async () => {
    const mine = await provider.list(TAG);
    const others = await provider.list({ ...TAG, poolId: 'somebody-else' });
    expect(mine.ok && mine.value.map(({ id }) => id)).toContain(sandbox.id);
    expect(others).toEqual({ ok: true, value: [] });
  });

  it('reports the exit code and words of a trainer that refuses its input, and is not retried', async () => {
    const run = await sandbox.run(job({ act: 'bad-input', why: 'no bars' }));
    expect(run).toMatchObject({
      ok: false,
      fault: { kind: 'trainer-failed', exitCode: 2, retryable: false },
    });
    expect(!run.ok && run.fault.message).toContain('no bars');
  });

  it('ends a trainer that runs over its time', async () => {
    const run = await sandbox.run(job({ act: 'hang' }, { timeoutMs: 500 }));
    expect(run).toMatchObject({ ok: false, fault: { kind: 'timeout', retryable: true } });
  });

  it('ends a trainer whose caller gives up', async () => {
    const run = await sandbox.run(job({ act: 'hang' }), undefined, AbortSignal.timeout(300));
    expect(run).toMatchObject({ ok: false, fault: { kind: 'cancelled' } });
  });

  it('refuses a result over the size limit', async () => {
    const run = await sandbox.run(job({ act: 'huge', bytes: 200_000 }));
    expect(run).toMatchObject({ ok: false, fault: { kind: 'bad-result' } });
  });

  it('reports a trainer that ends well but leaves nothing', async () => {
    const run = await sandbox.run(job({ act: 'silent' }));
    expect(run.ok).toBe(false);
  });

  it('survives a trainer that eats all its memory', async () => {
    const run = await sandbox.run(job({ act: 'memory' }, { memoryMb: 32 }));
    expect(run).toMatchObject({ ok: false, fault: { kind: 'trainer-failed' } });
    expect(await sandbox.probe()).toBe('healthy');
  });

  it('moves its end of life when renewed', async () => {
    const before = sandbox.expiresAtMs;
    expect(await sandbox.renew(120_000)).toEqual({ ok: true, value: undefined });
    expect(sandbox.expiresAtMs).toBeGreaterThan(before);
  });

  it('is gone after it was destroyed, and destroying it again by id says so', async () => {
    await sandbox.destroy();
    expect(await sandbox.probe()).toBe('gone');
    expect(await provider.destroy(sandbox.id)).toEqual({ ok: true, value: false });
    expect(await sandbox.run(job({ act: 'echo' }))).toMatchObject({ ok: false });
  });
});

describe('a local trainer', () => {
  it('sees nothing of the service environment', async () => {
    const sandbox = await make(createLocalProvider({ root, program: tinyTrainer() }));
    const run = await sandbox.run(job({ act: 'echo' }));
    await sandbox.destroy();
    expect(run.ok && JSON.parse(Buffer.from(run.value.result).toString('utf8')).env).toEqual([]);
  });
});

describe('E2B faults on the wire', () => {
  it.each([
    ['a busy control plane', { kind: 'status', status: 503 }, 'capacity', true],
    ['a rate limit without Retry-After', { kind: 'status', status: 429 }, 'rate-limited', true],
    ['a refused key', { kind: 'status', status: 401 }, 'auth', false],
    ['a server error', { kind: 'status', status: 500 }, 'transport', true],
    ['a cut connection', { kind: 'cut' }, 'transport', true],
    ['no answer at all', { kind: 'hang' }, 'timeout', true],
  ] as const)('creating through %s is a %s fault', async (_name, fault, kind, retryable) => {
    e2b.fail('create', fault);
    const created = await e2bProvider(400).create(TAG, 60_000);
    expect(created).toMatchObject({ ok: false, fault: { kind, retryable, stage: 'create' } });
  });

  it('a rate limit with Retry-After is waited out by the SDK', async () => {
    e2b.fail('create', { kind: 'status', status: 429, retryAfterS: 1 });
    const sandbox = await make(e2bProvider());
    await sandbox.destroy();
  });

  it('a sandbox that cannot take the trainer is destroyed, not leaked', async () => {
    const before = e2b.sandboxes.size;
    e2b.fail('write', { kind: 'status', status: 507 });
    expect(await e2bProvider().create(TAG, 60_000)).toMatchObject({ ok: false, fault: { kind: 'capacity' } });
    expect(e2b.sandboxes.size).toBe(before);
  });

  it('a sandbox that vanishes in the middle of a job is gone', async () => {
    const sandbox = await make(e2bProvider());
    e2b.fail('start', { kind: 'vanish' });
    expect(await sandbox.run(job({ act: 'hang' }))).toMatchObject({
      ok: false,
      fault: { kind: 'gone', retryable: true },
    });
    expect(await sandbox.probe()).toBe('gone');
  });

  it.each(['write', 'start', 'stat', 'read'] as const)(
    'a job whose %s call is cut or unanswered may be tried elsewhere: nobody has cancelled it',
    async (route) => {
      for (const kind of ['cut', 'hang'] as const) {
        const sandbox = await make(e2bProvider(400));
        e2b.fail(route, { kind });
        const run = await sandbox.run(job({ act: 'echo' }, { timeoutMs: 2_000 }));
        expect(run).toMatchObject({ ok: false, fault: { retryable: true } });
        expect(run.ok ? '' : run.fault.kind).toMatch(/^(transport|timeout)$/);
        await sandbox.destroy();
      }
    },
  );

  it('a probe that hangs is unknown, not healthy', async () => {
    const sandbox = await make(e2bProvider());
    e2b.fail('health', { kind: 'hang' });
    expect(await sandbox.probe()).toBe('unknown');
    await sandbox.destroy();
  });

  it('no fault carries the key or a URL', async () => {
    e2b.fail('create', { kind: 'cut' });
    const created = await e2bProvider(400).create(TAG, 60_000);
    expect(JSON.stringify(created)).not.toMatch(/e2b_0|127\.0\.0\.1/);
  });
});
