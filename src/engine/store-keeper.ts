/**
 * Housekeeping of the store: retention, and old rows sealed under the active key. Among replicas the holder
 * of a lease does it; what was removed is audited.
 * Flow: timer -> lease -> store retention -> audit. Units: milliseconds.
 */
import type { RetentionPolicy } from '#store/ports/retention.ts';
import type { Store } from '#store/ports/store.ts';
import type { AuditTrail } from './audit-trail.ts';

export interface StoreKeeperOptions {
  readonly store: Pick<Store, 'retention' | 'leases' | 'portfolios'>;
  readonly trail: AuditTrail;
  readonly instance: string;
  readonly policy: RetentionPolicy;
  readonly everyMs?: number;
  readonly now?: () => number;
  readonly onFailure: (error: Error) => void;
}

export interface StoreKeeper {
  /** One round; false where another replica holds the lease. */
  round(): Promise<boolean>;
  close(): Promise<void>;
}

const LEASE = 'store-keeper';
const LEASE_MS = 600_000;
const REENCRYPT_BATCH = 100;

export function startStoreKeeper(options: StoreKeeperOptions): StoreKeeper {
  const { store, trail, instance, policy, now = Date.now, onFailure } = options;
  let running: Promise<boolean> | undefined;

  async function work(): Promise<boolean> {
    const lease = await store.leases.acquire(LEASE, instance, LEASE_MS);
    if (lease === undefined) return false;
    try {
      const { removed } = await store.retention.apply(policy, now());
      const resealed = await store.portfolios.reencrypt(REENCRYPT_BATCH);
      if (resealed > 0 || Object.values(removed).some((rows) => rows > 0))
        await trail.record({
          actor: 'service',
          action: 'store.kept',
          subject: 'retention',
          outcome: 'ok',
          correlationId: `${LEASE}-${lease.fence}`,
          details: { removed, resealed },
        });
      return true;
    } finally {
      await store.leases.release(lease);
    }
  }

  function round(): Promise<boolean> {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  }

  const timer = setInterval(() => void round().catch(onFailure), options.everyMs ?? 3_600_000);
  timer.unref();
  return {
    round,
    async close() {
      clearInterval(timer);
      await running?.catch(() => false);
    },
  };
}
