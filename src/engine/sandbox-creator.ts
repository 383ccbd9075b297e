/**
 * Makes sandboxes behind a circuit breaker: refusals back off, a refused key pauses for long, and a spent
 * daily budget stops creation until the next UTC day.
 * Flow: sandbox-pool -> here -> sandbox provider. Units: milliseconds, US dollars.
 */
import type { TrainingSandbox, TrainingSandboxProvider } from '#sandbox/training-sandbox.ts';
import type { CostMeter } from './sandbox-cost.ts';
import type { PoolEvent } from './sandbox-pool-types.ts';

const BACKOFF_MIN_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
const AUTH_PAUSE_MS = 600_000;

export interface SandboxCreatorOptions {
  readonly provider: TrainingSandboxProvider;
  readonly tag: Readonly<Record<string, string>>;
  readonly instanceId: string;
  readonly leaseMs: number;
  readonly meter: CostMeter;
  readonly dailyBudgetUsd: number | undefined;
  readonly now: () => number;
  readonly emit: (event: PoolEvent) => void;
}

export interface SandboxCreator {
  create(): Promise<TrainingSandbox | undefined>;
  /** From when on another try is worth while after a refusal. */
  retryAtMs(): number;
  /** Why nothing is being created now, in words. */
  blocked(): string | undefined;
}

export function createSandboxCreator(options: SandboxCreatorOptions): SandboxCreator {
  const { provider, tag, instanceId, leaseMs, meter, now, emit } = options;
  let blockedUntilMs = 0;
  let blocked: string | undefined;
  let backoffMs = BACKOFF_MIN_MS;
  return {
    retryAtMs: () => blockedUntilMs,
    blocked: () => blocked,
    async create() {
      if (now() < blockedUntilMs) return undefined;
      if (meter.spentToday(now()) >= (options.dailyBudgetUsd ?? Number.POSITIVE_INFINITY)) {
        blocked = 'the daily sandbox budget is spent';
        return undefined;
      }
      const made = await provider.create({ ...tag, instanceId, createdAtMs: String(now()) }, leaseMs);
      if (made.ok) {
        backoffMs = BACKOFF_MIN_MS;
        blocked = undefined;
        emit({ kind: 'created', sandboxId: made.value.id });
        return made.value;
      }
      emit({ kind: 'create-failed', fault: made.fault });
      blocked = `${made.fault.kind}: ${made.fault.message}`;
      blockedUntilMs =
        now() + (made.fault.kind === 'auth' ? AUTH_PAUSE_MS : (made.fault.retryAfterMs ?? backoffMs));
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MAX_MS);
      return undefined;
    },
  };
}
