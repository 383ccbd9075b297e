/**
 * A few warm sandboxes, kept healthy, and a bounded queue of training jobs in front of them.
 *
 * A job gets one slot to itself and one retry on another slot when its fault may pass and its time budget
 * allows. Slots are renewed by a heartbeat, replaced before their end of life (the new one first), and
 * counted against a daily cost. Health is 2 of 3: below quorum the pool says so, and the service goes on
 * with the model it has.
 *
 * Flow: engine/retraining -> here -> sandbox port. Units: milliseconds.
 */
import type { SandboxFault, SandboxOutcome, TrainingRun } from '#sandbox/training-sandbox.ts';
import { createCostMeter, E2B_PRICES } from './sandbox-cost.ts';
import { createSandboxCreator } from './sandbox-creator.ts';
import type { PoolEvent, PoolJob, SandboxPool, SandboxPoolOptions } from './sandbox-pool-types.ts';
import { createSlotQueue } from './sandbox-queue.ts';
import { reapOrphans } from './sandbox-reaper.ts';
import { createSlot, isHealthy, occupy, recordProbe, type Slot } from './sandbox-slot.ts';

const INSPECT_EVERY_MS = 60_000;
const RECONCILE_EVERY_MS = 300_000;
const REAP_EVERY_MS = 30_000;
const REAP_GRACE_MS = 120_000;
const ROTATE_AT = 0.8;

export function createSandboxPool(options: SandboxPoolOptions): SandboxPool {
  const { provider, size, tag, instanceId } = options;
  const now = options.now ?? Date.now;
  const leaseMs = options.leaseMs ?? 900_000;
  const maxLifetimeMs = options.maxLifetimeMs ?? 3_600_000;
  const jobBudgetMs = options.jobBudgetMs ?? 30_000;
  const maintenanceMs = options.maintenanceMs ?? 10_000;
  const freshMs = maintenanceMs * 3;
  const slots = Array.from({ length: size }, (_, index) => createSlot(index));
  const queue = createSlotQueue(slots, now);
  const meter = createCostMeter(options.prices ?? E2B_PRICES);
  const emit = (event: PoolEvent) => options.onEvent?.(event);
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let lastReapMs = Number.NEGATIVE_INFINITY;
  let lastAccrualMs = now();

  const reaper = {
    provider,
    tag,
    instanceId,
    graceMs: REAP_GRACE_MS,
    liveInstances: options.liveInstances,
  };

  const creator = createSandboxCreator({
    provider,
    tag,
    instanceId,
    leaseMs,
    meter,
    dailyBudgetUsd: options.dailyBudgetUsd,
    now,
    emit,
  });

  function fill(slot: Slot): Promise<void> {
    slot.filling ??= warm(slot).finally(() => {
      slot.filling = undefined;
    });
    return slot.filling;
  }

  async function warm(slot: Slot): Promise<void> {
    slot.state = 'warming';
    const sandbox = await creator.create();
    if (sandbox === undefined || closed) {
      slot.state = 'dead';
      await sandbox?.destroy();
      fillSoon();
      return;
    }
    occupy(slot, sandbox, now());
    queue.serve();
  }

  /** A short refusal is over long before the next round, and jobs wait meanwhile. */
  function fillSoon(): void {
    const waitMs = creator.retryAtMs() - now();
    if (closed || retry !== undefined || !(waitMs > 0 && waitMs < maintenanceMs)) return;
    retry = setTimeout(() => {
      retry = undefined;
      for (const slot of slots) if (slot.state === 'dead') void fill(slot);
    }, waitMs);
    retry.unref();
  }

  async function retire(slot: Slot, reason: string): Promise<void> {
    const { sandbox } = slot;
    slot.state = 'dead';
    slot.sandbox = undefined;
    if (sandbox === undefined) return;
    emit({ kind: 'lost', sandboxId: sandbox.id, reason });
    await sandbox.destroy();
  }

  async function rotate(slot: Slot): Promise<void> {
    const fresh = await creator.create();
    if (fresh === undefined) return;
    if (slot.state !== 'ready') {
      await fresh.destroy();
      return;
    }
    const old = slot.sandbox;
    occupy(slot, fresh, now());
    if (old === undefined) return;
    emit({ kind: 'rotated', sandboxId: old.id });
    await old.destroy();
  }

  async function attempt(
    slot: Slot,
    job: PoolJob,
    deadlineMs: number,
    onProgress?: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<SandboxOutcome<TrainingRun>> {
    const sandbox = slot.sandbox!;
    const timeoutMs = Math.max(1, deadlineMs - now());
    const run = await sandbox.run(
      { ...job, timeoutMs, memoryMb: options.memoryMb ?? 384 },
      onProgress,
      signal,
    );
    slot.jobs++;
    const suspect = !run.ok && ['gone', 'timeout', 'transport'].includes(run.fault.kind);
    if (suspect || closed) {
      await retire(slot, run.ok ? 'closing' : run.fault.kind);
      void fill(slot);
    } else {
      slot.state = 'ready';
      slot.lastHealthyMs = now();
      queue.serve();
    }
    return run;
  }

  async function maintainSlot(slot: Slot): Promise<void> {
    const { sandbox } = slot;
    if (slot.state === 'dead' || sandbox === undefined) return fill(slot);
    const nowMs = now();
    if (sandbox.expiresAtMs - nowMs < leaseMs * 0.67) await sandbox.renew(leaseMs);
    if (slot.state !== 'ready') return;
    if (nowMs - sandbox.createdAtMs > maxLifetimeMs * ROTATE_AT) return rotate(slot);
    let verdict = await sandbox.probe();
    if (verdict === 'healthy' && slot.state === 'ready' && nowMs - slot.lastInspectMs > INSPECT_EVERY_MS) {
      slot.lastInspectMs = nowMs;
      verdict = await sandbox.inspect();
    }
    if (verdict === 'healthy' && nowMs - slot.lastReconcileMs > RECONCILE_EVERY_MS) {
      slot.lastReconcileMs = nowMs;
      verdict = await sandbox.reconcile();
    }
    if (recordProbe(slot, verdict, now()) && slot.state === 'ready') {
      await retire(slot, verdict);
      await fill(slot);
    }
  }

  async function maintain(): Promise<void> {
    const nowMs = now();
    const seconds = (nowMs - lastAccrualMs) / 1000;
    lastAccrualMs = nowMs;
    if (provider.kind === 'e2b')
      meter.accrue(seconds * slots.filter(({ sandbox }) => sandbox).length, 2, 0.5, nowMs);
    if (nowMs - lastReapMs > REAP_EVERY_MS) {
      lastReapMs = nowMs;
      const held = new Set(slots.flatMap(({ sandbox }) => (sandbox === undefined ? [] : [sandbox.id])));
      for (const sandboxId of await reapOrphans(reaper, held, nowMs)) emit({ kind: 'reaped', sandboxId });
    }
    await Promise.all(slots.map(maintainSlot));
  }

  const pool: SandboxPool = {
    async start() {
      await pool.maintain();
      const schedule = () => {
        if (closed) return;
        timer = setTimeout(
          () => void pool.maintain().finally(schedule),
          maintenanceMs * (0.9 + 0.2 * Math.random()),
        );
        timer.unref();
      };
      schedule();
    },

    async submit(job, onProgress, signal) {
      if (closed || queue.length >= (options.maxQueue ?? 32))
        return {
          ok: false,
          fault: {
            kind: 'capacity',
            message: 'the training queue is full',
            retryable: true,
            stage: 'create',
          },
        };
      const startedMs = now();
      const deadlineMs = startedMs + jobBudgetMs;
      let attempts = 0;
      let queuedMs = 0;
      let avoid: string | undefined;
      let last: SandboxFault = {
        kind: 'capacity',
        message: 'no sandbox became free in time',
        retryable: true,
        stage: 'create',
      };
      while (attempts < 2 && now() < deadlineMs && signal?.aborted !== true) {
        const asked = now();
        const slot = await queue.acquire(deadlineMs, avoid, signal);
        queuedMs += now() - asked;
        if (slot === undefined) break;
        attempts++;
        avoid = slot.sandbox!.id;
        const run = await attempt(slot, job, deadlineMs, onProgress, signal);
        if (run.ok) {
          emit({ kind: 'job', jobId: job.id, result: 'ok', ms: now() - startedMs, attempts });
          return { ok: true, value: { ...run.value, sandboxId: avoid, attempts, queuedMs } };
        }
        last = run.fault;
        if (!last.retryable) break;
      }
      emit({ kind: 'job', jobId: job.id, result: last.kind, ms: now() - startedMs, attempts });
      return { ok: false, fault: last };
    },

    status() {
      const nowMs = now();
      const healthy = slots.filter((slot) => isHealthy(slot, nowMs, freshMs)).length;
      const starting = slots.filter(({ state }) => state === 'warming').length;
      return {
        provider: provider.kind,
        isolation: provider.isolation,
        required: size,
        healthy,
        starting,
        unhealthy: size - healthy - starting,
        quorum: healthy * 3 >= size * 2,
        queued: queue.length,
        spentTodayUsd: meter.spentToday(nowMs),
        blocked: creator.blocked(),
      };
    },

    maintain() {
      round ??= maintain().finally(() => {
        round = undefined;
      });
      return round;
    },

    async close() {
      closed = true;
      clearTimeout(timer);
      clearTimeout(retry);
      queue.clear();
      await round;
      await Promise.all(slots.map(({ filling }) => filling));
      await Promise.all(slots.map((slot) => retire(slot, 'closing')));
      await provider.close();
    },
  };
  return pool;
}
