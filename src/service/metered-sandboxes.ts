/**
 * A sandbox provider whose every call is counted by operation and result: what the sandbox service level is
 * measured by. Probes that get no answer count as failed calls; a sandbox that is gone has answered.
 * Flow: engine/sandbox-pool -> here -> E2B or local provider.
 */
import type {
  ProbeVerdict,
  SandboxOutcome,
  TrainingSandbox,
  TrainingSandboxProvider,
} from '#sandbox/training-sandbox.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export function meteredSandboxes(
  provider: TrainingSandboxProvider,
  metrics: Metrics,
): TrainingSandboxProvider {
  const count = (operation: string, ok: boolean) => {
    metrics.e2bRequests.inc({ operation, result: ok ? 'ok' : 'error' });
    metrics.sloEvents.inc({ slo: 'e2b-availability', outcome: ok ? 'good' : 'bad' });
  };
  const counted = async <T>(
    operation: string,
    call: Promise<SandboxOutcome<T>>,
  ): Promise<SandboxOutcome<T>> => {
    const outcome = await call;
    count(operation, outcome.ok);
    return outcome;
  };
  const probed = async (operation: string, call: Promise<ProbeVerdict>): Promise<ProbeVerdict> => {
    const verdict = await call;
    count(operation, verdict !== 'unknown');
    return verdict;
  };
  const metered = (sandbox: TrainingSandbox): TrainingSandbox => ({
    id: sandbox.id,
    createdAtMs: sandbox.createdAtMs,
    get expiresAtMs() {
      return sandbox.expiresAtMs;
    },
    probe: () => probed('probe', sandbox.probe()),
    inspect: () => probed('inspect', sandbox.inspect()),
    reconcile: () => probed('reconcile', sandbox.reconcile()),
    run: (job, onProgress, signal) => sandbox.run(job, onProgress, signal),
    renew: (lifetimeMs) => counted('renew', sandbox.renew(lifetimeMs)),
    destroy: () => counted('destroy', sandbox.destroy()),
  });
  return {
    kind: provider.kind,
    isolation: provider.isolation,
    async create(metadata, lifetimeMs) {
      const created = await counted('create', provider.create(metadata, lifetimeMs));
      return created.ok ? { ok: true, value: metered(created.value) } : created;
    },
    list: (metadata) => counted('list', provider.list(metadata)),
    destroy: (id) => counted('destroy', provider.destroy(id)),
    close: () => provider.close(),
  };
}
