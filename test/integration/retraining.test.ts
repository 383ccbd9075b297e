import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createModelRegistry, type GovernanceAudit } from '#engine/model-registry.ts';
import { createRetraining, type Retraining, type RetrainingOptions } from '#engine/retraining.ts';
import { openStore } from '#store/open-store.ts';
import type { Store } from '#store/ports/store.ts';
import {
  MODEL_ID,
  type PlantedAnswer,
  type PlantedMachine,
  plantedMachine,
  plantedPool,
} from '../support/planted-training.ts';

interface Replica {
  readonly machine: PlantedMachine;
  readonly retraining: Retraining;
  readonly registry: ReturnType<typeof createModelRegistry>;
}

let folder: string;
let store: Store;
let nowMs: number;
let log: { action: string; outcome: string }[];
const replicas: Replica[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bvar-retraining-'));
  store = await openStore({ dataDir: folder });
  nowMs = Date.now();
  log = [];
});
afterEach(async () => {
  await Promise.all(replicas.splice(0).map(({ retraining }) => retraining.close()));
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

function replica(
  instanceId: string,
  answers: PlantedAnswer[],
  tickMs = 60_000,
  more: Partial<RetrainingOptions> = {},
): Replica {
  const machine = plantedMachine();
  const audit: GovernanceAudit = {
    record(action, _subject, outcome) {
      log.push({ action, outcome });
      return Promise.resolve();
    },
  };
  const registry = createModelRegistry({
    versions: store.models,
    machine,
    audit,
    now: () => nowMs,
    provenance: () => 'synthetic',
  });
  const retraining = createRetraining({
    machine,
    registry,
    pool: plantedPool(answers),
    settings: { windowBars: 800, holdoutBars: 300, confidences: [0.95, 0.99] },
    issuedForecasts: () => Promise.resolve(undefined),
    jobs: store.jobs,
    leases: store.leases,
    audit,
    instanceId,
    scheduleMs: 1e12,
    cooldownMs: 60_000,
    concurrency: 2,
    tickMs,
    now: () => nowMs,
    ...more,
  });
  replicas.push({ machine, retraining, registry });
  return replicas.at(-1)!;
}

const good = (mark: number): PlantedAnswer => ({ kind: 'result', scale: 1, mark });

async function train({ retraining }: Replica): Promise<string> {
  const id = await retraining.request(MODEL_ID, 'manual', 'tester');
  await retraining.tick();
  await retraining.idle();
  return id!;
}

describe('retraining', () => {
  it('promotes a challenger that passes the gates and installs it', async () => {
    const one = replica('one', [good(7)]);
    const id = await train(one);
    expect(await store.jobs.get(id)).toMatchObject({ state: 'done', progress: 1 });
    expect(one.machine.installs).toMatchObject([{ first: 7 }]);
    expect((await store.models.champion(MODEL_ID))?.version).toBe(one.machine.installedVersion(MODEL_ID));
    expect(log.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'model.train requested',
      'model.train queued',
      'model.promote requested',
      'model.promote promoted',
      'model.train promoted',
    ]);
  });

  it('copies a running model once, to register it, however many rounds follow', async () => {
    const one = replica('one', []);
    let copies = 0;
    let adopted: string | undefined;
    Object.assign(one.machine, {
      running() {
        copies++;
        return new Float64Array(8).fill(1);
      },
      adopt(_modelId: string, version: string) {
        adopted = version;
      },
      installedVersion: () => adopted,
    });
    for (let round = 0; round < 3; round++) await one.retraining.tick();
    expect((await store.models.champion(MODEL_ID))?.version).toBe(adopted);
    expect(copies).toBe(1);
  });

  it('keeps a challenger that fails a gate as rejected and leaves the champion alone', async () => {
    const one = replica('one', [{ kind: 'result', scale: 0.5, mark: 7 }]);
    const id = await train(one);
    expect(one.machine.installs).toEqual([]);
    expect(JSON.parse((await store.jobs.get(id))!.result!)).toMatchObject({ promoted: false });
    expect((await store.models.list(MODEL_ID, 10)).map(({ role }) => role)).toEqual(['rejected']);
  });

  it.each([
    ['text that is no JSON', 'x{'],
    ['an empty object', '{}'],
    ['a result of another job', '{"schema":1,"jobId":"other"}'],
    ['null', 'null'],
  ])('refuses %s and says so', async (_name, body) => {
    const one = replica('one', [{ kind: 'bytes', body }]);
    const id = await train(one);
    expect(await store.jobs.get(id)).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('result refused'),
    });
    expect(await store.models.list(MODEL_ID, 10)).toEqual([]);
  });

  it('tries a job again after a fault that may pass, three times in all', async () => {
    const fault = { kind: 'gone', message: 'vanished', retryable: true, stage: 'train' } as const;
    const one = replica(
      'one',
      Array.from({ length: 3 }, () => ({ kind: 'fault', fault })),
    );
    const id = await train(one);
    expect(await store.jobs.get(id)).toMatchObject({ state: 'queued', attempts: 1 });
    for (let again = 0; again < 2; again++) {
      await one.retraining.tick();
      await one.retraining.idle();
    }
    expect(await store.jobs.get(id)).toMatchObject({ state: 'failed', attempts: 3 });
  });

  it('has one open job a model, and a cooldown for triggers that no person pulled', async () => {
    const one = replica('one', [good(7)]);
    const first = await one.retraining.request(MODEL_ID, 'accuracy', 'monitor');
    expect(await one.retraining.request(MODEL_ID, 'manual', 'tester')).toBe(first);
    await one.retraining.tick();
    await one.retraining.idle();
    expect(await one.retraining.request(MODEL_ID, 'alarm', 'monitor')).toBeUndefined();
    nowMs += 61_000;
    expect(await one.retraining.request(MODEL_ID, 'alarm', 'monitor')).toBeTypeOf('string');
    expect(await one.retraining.request('DOGEUSDT:5m', 'manual', 'tester')).toBeUndefined();
  });

  it('an alarm that stands asks again when the cooldown ends, until a challenger passes and it is over', async () => {
    let standing = true;
    const alarm = { modelId: MODEL_ID, kind: 'alarm' } as const;
    const refused: PlantedAnswer = { kind: 'result', scale: 0.5, mark: 6 };
    const one = replica('one', [refused, good(7)], 60_000, {
      standingAlarms: () => (standing ? [alarm] : []),
    });
    const round = async () => {
      await one.retraining.tick();
      await one.retraining.idle();
      return (await store.jobs.list({ limit: 10 })).length;
    };
    expect([await round(), await round()]).toEqual([1, 1]);
    expect(one.machine.installs).toEqual([]);
    nowMs += 61_000;
    expect(await round()).toBe(2);
    expect(one.machine.installs).toMatchObject([{ first: 7 }]);
    standing = false;
    nowMs += 61_000;
    expect(await round()).toBe(2);
  });

  it('one replica trains, all of them run what it promoted', async () => {
    const leader = replica('leader', [good(7)]);
    const follower = replica('follower', []);
    await leader.retraining.tick();
    await follower.retraining.tick();
    expect([leader.retraining.isLeader(), follower.retraining.isLeader()]).toEqual([true, false]);
    await follower.retraining.request(MODEL_ID, 'manual', 'tester');
    await leader.retraining.tick();
    await leader.retraining.idle();
    await follower.retraining.tick();
    expect(follower.machine.installs).toEqual(leader.machine.installs);
  });

  it('a leader that lost its lease in the middle of a job promotes nothing; its successor does', async () => {
    let release: () => void = () => undefined;
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    const former = replica('former', [{ kind: 'wait', until }, good(1)], 50);
    const id = (await former.retraining.request(MODEL_ID, 'manual', 'tester'))!;
    await former.retraining.tick();
    const successor = replica('successor', [good(2)], 60_000);
    await expect
      .poll(() => successor.retraining.tick().then(() => successor.retraining.isLeader()))
      .toBe(true);
    await successor.retraining.tick();
    await successor.retraining.idle();
    expect(await store.jobs.get(id)).toMatchObject({ state: 'done', holder: 'successor', attempts: 2 });
    release();
    await former.retraining.idle();
    expect((await store.models.champion(MODEL_ID))?.version).toBe(
      successor.machine.installedVersion(MODEL_ID),
    );
    expect(log.filter(({ outcome }) => outcome === 'stale-fence')).toHaveLength(1);
    expect(former.machine.installs).toEqual([]);
  });

  it('trains by schedule once the last job is old enough, and not before', async () => {
    const one = replica('one', [good(1), good(2)], 60_000, { scheduleMs: 3_600_000 });
    const triggers = async () =>
      (await store.jobs.list({ modelId: MODEL_ID, limit: 10 })).map(({ trigger }) => trigger);
    const round = async (laterMs: number) => {
      nowMs += laterMs;
      await one.retraining.tick();
      await one.retraining.idle();
    };
    await round(3_599_000);
    expect(await triggers()).toEqual([]);
    await round(1_000);
    expect(await triggers()).toEqual(['schedule']);
    await round(3_599_000);
    expect(await triggers()).toEqual(['schedule']);
    await round(1_000);
    expect(await triggers()).toEqual(['schedule', 'schedule']);
  });

  it('trains where the diagnostics of a fit raise an alarm, under the name of who raised it', async () => {
    const alarms = [{ modelId: MODEL_ID, kind: 'diagnostics', by: 'fit-watch' } as const];
    const one = replica('one', [good(3)], 60_000, { standingAlarms: () => alarms });
    await one.retraining.tick();
    await one.retraining.idle();
    const [job] = await store.jobs.list({ modelId: MODEL_ID, limit: 1 });
    expect(job).toMatchObject({ trigger: 'diagnostics', state: 'done' });
    expect(JSON.parse(job!.request)).toMatchObject({ actor: 'fit-watch' });
  });

  it('rolls back to the champion before, and refuses where there is none', async () => {
    const one = replica('one', [good(1), good(2)]);
    await train(one);
    const back = { modelId: MODEL_ID, fence: await one.retraining.fence(), actor: 'tester' };
    expect(await one.registry.rollback({ ...back, reason: 'none before' })).toMatchObject({
      ok: false,
      reason: 'no-predecessor',
    });
    nowMs += 1_000;
    await train(one);
    expect(await one.registry.rollback({ ...back, reason: 'worse in production' })).toMatchObject({
      ok: true,
    });
    expect(one.machine.installs.map(({ first }) => first)).toEqual([1, 2, 1]);
  });
});
