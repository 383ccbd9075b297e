/**
 * Which instances live, by leases in the store that each renews for itself. What belongs to an instance without
 * one (a sandbox that a killed replica left behind) may be cleaned away by the others.
 * Flow: timer -> store leases -> here -> sandbox-reaper. Units: milliseconds.
 */
import type { Lease, Leases } from '#store/ports/leases.ts';

export interface InstanceRegister {
  /** Says that this instance lives. Never rejects; false where the store does not answer. */
  beat(): Promise<boolean>;
  /** Every instance that lives, our own included; rejects where the store does not answer. */
  living(): Promise<ReadonlySet<string>>;
  close(): Promise<void>;
}

export interface InstanceRegisterOptions {
  readonly leases: Leases;
  readonly instanceId: string;
  readonly everyMs?: number;
  /** Silence after which an instance counts as dead. */
  readonly ttlMs?: number;
}

const PREFIX = 'instance:';

export function createInstanceRegister(options: InstanceRegisterOptions): InstanceRegister {
  const { leases, instanceId, everyMs = 10_000, ttlMs = 45_000 } = options;
  let lease: Lease | undefined;
  let round: Promise<boolean> | undefined;
  let closed = false;

  async function beat(): Promise<boolean> {
    try {
      lease = await leases.acquire(`${PREFIX}${instanceId}`, instanceId, ttlMs);
      return true;
    } catch {
      return false;
    }
  }

  const register: InstanceRegister = {
    beat() {
      if (closed) return Promise.resolve(false);
      round ??= beat().finally(() => {
        round = undefined;
      });
      return round;
    },
    async living() {
      const held = await leases.held(PREFIX);
      return new Set([instanceId, ...held.map(({ holder }) => holder)]);
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await round;
      if (lease !== undefined) await leases.release(lease).catch(() => undefined);
    },
  };
  const timer = setInterval(() => void register.beat(), everyMs);
  timer.unref();
  return register;
}
