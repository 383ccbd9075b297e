/**
 * When models are trained again, and by whom. Among replicas the holder of one lease trains; its fence goes
 * into every write, so a leader that was believed dead changes nothing any more.
 *
 * A job is queued (any replica) -> running (the leader) -> done, failed or cancelled. A job left running by
 * a dead leader is queued again by the next one, three attempts in all. Triggers: schedule, accuracy, alarm,
 * diagnostics, manual; each model has at most one job that is not over. An alarm that stands when a cooldown
 * ends, or after a challenger was rejected, asks again: by then there are more bars of the new market.
 *
 * Flow: monitor, http, own timer -> here -> training-job -> model-registry. Units: milliseconds.
 */
import { randomUUID } from 'node:crypto';
import type { Lease, Leases } from '#store/ports/leases.ts';
import type { TrainingJob, TrainingJobs } from '#store/ports/training-jobs.ts';
import type { ModelSlot } from './model-machine.ts';
import type { GovernanceAudit } from './model-registry.ts';
import { type JobOutcome, runTrainingJob, type TrainingDeps } from './training-job.ts';

export type RetrainingTrigger = 'schedule' | 'accuracy' | 'alarm' | 'diagnostics' | 'manual';

/** Something is wrong with a model, and who says so. */
export interface ModelAlarm {
  readonly modelId: string;
  readonly kind: RetrainingTrigger;
  readonly by?: string;
}

export interface RetrainingOptions extends TrainingDeps {
  readonly jobs: TrainingJobs;
  readonly leases: Leases;
  readonly audit: GovernanceAudit;
  readonly instanceId: string;
  /** Age of the last job at which a model is due by schedule. */
  readonly scheduleMs: number;
  /** Least time between two jobs of one model that no person asked for. */
  readonly cooldownMs: number;
  readonly concurrency: number;
  readonly tickMs: number;
  readonly now: () => number;
  /** What is wrong with models now: asked every round, so an alarm outlives a cooldown and a rejection. */
  readonly standingAlarms?: () => readonly ModelAlarm[];
  readonly onJob?: (trigger: string, result: 'promoted' | 'rejected' | 'failed', ms: number) => void;
}

export interface Retraining {
  /** Queues a job; resolves to its id, or to the id of the one already under way. */
  request(
    modelId: string,
    trigger: RetrainingTrigger,
    actor: string,
    /** The call that asked, where a caller did. */
    call?: string,
  ): Promise<string | undefined>;
  /** One round: follow champions, hold the lease, adopt, start. The module calls it on its own timer. */
  tick(): Promise<void>;
  start(): void;
  isLeader(): boolean;
  /** The fence to write under; takes the lease for a moment where nobody holds it. */
  fence(): Promise<number>;
  /** Resolves when no job of this instance runs. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

const LEASE = 'trainer';
const ATTEMPTS_MAX = 3;

export function createRetraining(options: RetrainingOptions): Retraining {
  const { jobs, leases, audit, machine, registry, instanceId, now } = options;
  const leaseTtlMs = options.tickMs * 3;
  const slots = new Map(machine.slots.map((slot) => [slot.modelId, slot]));
  const running = new Map<string, Promise<void>>();
  const stop = new AbortController();
  let lease: Lease | undefined;
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;

  async function lead(): Promise<Lease | undefined> {
    lease =
      lease === undefined
        ? await leases.acquire(LEASE, instanceId, leaseTtlMs)
        : await leases.renew(lease, leaseTtlMs);
    return lease;
  }

  async function request(
    modelId: string,
    trigger: RetrainingTrigger,
    actor: string,
    call?: string,
  ): Promise<string | undefined> {
    if (!slots.has(modelId)) return undefined;
    const [open] = await jobs.list({ modelId, states: ['queued', 'running'], limit: 1 });
    if (open !== undefined) return open.id;
    const [last] = await jobs.list({ modelId, limit: 1 });
    if (trigger !== 'manual' && last !== undefined && now() - last.createdMs < options.cooldownMs)
      return undefined;
    const id = randomUUID();
    const seed = seedOf(modelId, machine.history(modelId)?.openTimeMs.at(-1) ?? 0);
    const request = JSON.stringify({ modelId, trigger, actor, seed });
    const facts = { job: id, trigger, actor, request: call };
    await audit.record('model.train', modelId, 'requested', facts);
    await jobs.add({
      id,
      modelId,
      trigger,
      state: 'queued',
      createdMs: now(),
      progress: 0,
      attempts: 0,
      request,
    });
    await audit.record('model.train', modelId, 'queued', facts);
    return id;
  }

  async function adopt(held: Lease): Promise<void> {
    for (const job of await jobs.list({ states: ['running'], limit: 100 })) {
      // Other kinds of jobs share the table; they have keepers of their own.
      if (!slots.has(job.modelId) || running.has(job.id) || (job.fence ?? 0) >= held.fence) continue;
      const again = job.attempts < ATTEMPTS_MAX;
      const change = again
        ? { state: 'queued' as const, fence: held.fence }
        : {
            state: 'failed' as const,
            fence: held.fence,
            finishedMs: now(),
            error: 'its leader died three times',
          };
      await jobs.change(job.id, change);
    }
  }

  async function schedule(): Promise<void> {
    for (const modelId of slots.keys()) {
      const [last] = await jobs.list({ modelId, limit: 1 });
      const due = now() - (last?.createdMs ?? startedMs) >= options.scheduleMs;
      if (due) await request(modelId, 'schedule', 'schedule');
    }
  }

  async function run(job: TrainingJob, slot: ModelSlot, fence: number): Promise<void> {
    const startedAt = now();
    const taken = {
      state: 'running' as const,
      holder: instanceId,
      fence,
      startedMs: startedAt,
      attempts: job.attempts + 1,
    };
    if (!(await jobs.change(job.id, taken))) return;
    const { seed } = JSON.parse(job.request) as { seed: number };
    const outcome = await runTrainingJob(
      options,
      slot,
      seed,
      (progress) => void jobs.change(job.id, { progress, fence }).catch(() => false),
      stop.signal,
    );
    const result = await settle(job, slot, fence, outcome);
    options.onJob?.(job.trigger, result, now() - startedAt);
  }

  async function settle(
    job: TrainingJob,
    slot: ModelSlot,
    fence: number,
    outcome: JobOutcome,
  ): Promise<'promoted' | 'rejected' | 'failed'> {
    if (!outcome.ok) {
      const again = outcome.retryable && job.attempts + 1 < ATTEMPTS_MAX && !stop.signal.aborted;
      const change = again
        ? { state: 'queued' as const, fence }
        : { state: 'failed' as const, fence, finishedMs: now(), error: outcome.reason };
      await jobs.change(job.id, change);
      await audit.record('model.train', slot.modelId, again ? 'retry' : 'failed', {
        job: job.id,
        reason: outcome.reason,
      });
      return 'failed';
    }
    const { version, promote, facts } = outcome.challenger;
    let promoted = false;
    if (promote) {
      const reason = `job ${job.id} passed every gate`;
      promoted = (await registry.promote({ modelId: slot.modelId, version, fence, actor: 'gates', reason }))
        .ok;
    }
    const result = JSON.stringify({ version, promoted, gates: facts['gates'] });
    await jobs.change(job.id, { state: 'done', progress: 1, fence, finishedMs: now(), result });
    await audit.record('model.train', slot.modelId, promoted ? 'promoted' : 'rejected', {
      job: job.id,
      version,
      gates: facts['gates'],
    });
    return promoted ? 'promoted' : 'rejected';
  }

  /** By every replica: alarms are of its own ledger and its own fits. */
  async function heed(): Promise<void> {
    for (const { modelId, kind, by = 'forecast-ledger' } of options.standingAlarms?.() ?? [])
      await request(modelId, kind, by);
  }

  async function tickOnce(): Promise<void> {
    await registry.follow();
    await heed();
    const held = await lead();
    if (held === undefined || stop.signal.aborted) return;
    await registry.adoptFirst(held.fence);
    await adopt(held);
    await schedule();
    const queued = await jobs.list({ states: ['queued'], limit: 100 });
    for (const job of queued.toReversed()) {
      const slot = slots.get(job.modelId);
      if (slot === undefined || running.has(job.id) || running.size >= options.concurrency) continue;
      const work = run(job, slot, held.fence)
        .catch((error: unknown) =>
          audit.record('model.train', job.modelId, 'error', { job: job.id, error: String(error) }),
        )
        .finally(() => running.delete(job.id));
      running.set(job.id, work);
    }
  }

  const startedMs = now();
  const retraining: Retraining = {
    request,
    tick() {
      round ??= tickOnce().finally(() => {
        round = undefined;
      });
      return round;
    },
    start() {
      timer = setInterval(() => void retraining.tick().catch(() => undefined), options.tickMs);
      timer.unref();
    },
    isLeader: () => lease !== undefined,
    async fence() {
      const held = (await lead()) ?? (await leases.current(LEASE));
      return held?.fence ?? 0;
    },
    async idle() {
      await Promise.all(running.values());
    },
    async close() {
      clearInterval(timer);
      stop.abort();
      await round?.catch(() => undefined);
      await Promise.all(running.values());
      if (lease !== undefined) await leases.release(lease).catch(() => undefined);
    },
  };
  return retraining;
}

/** The same data give the same seed, whoever asks. */
function seedOf(modelId: string, lastOpenTimeMs: number): number {
  let hash = 2166136261;
  for (const character of `${modelId}:${lastOpenTimeMs}`)
    hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  return hash >>> 0;
}
