/**
 * Connects model governance: registry, retraining under a lease, and what http may ask of them.
 * Flow: start-service -> here -> engine/retraining, engine/model-registry, engine/governance.
 */
import type { Config } from '#config/load-config.ts';
import type { Provenance } from '#domain/market/tick.ts';
import type { IssuedForecasts } from '#domain/training/promotion-gates.ts';
import type { AuditDraft, AuditTrail } from '#engine/audit-trail.ts';
import type { EventHub } from '#engine/event-hub.ts';
import { createGovernance, type Governance } from '#engine/governance.ts';
import type { ModelMachine, ModelSlot } from '#engine/model-machine.ts';
import { createModelRegistry, type GovernanceAudit, type ModelRegistry } from '#engine/model-registry.ts';
import { createRetraining, type ModelAlarm, type Retraining } from '#engine/retraining.ts';
import type { SandboxPool } from '#engine/sandbox-pool-types.ts';
import type { Store } from '#store/ports/store.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export interface GovernanceParts {
  readonly config: Config;
  readonly instanceId: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly hub: EventHub;
  readonly store: Store;
  readonly trail: AuditTrail;
  readonly machine: ModelMachine;
  readonly pool: SandboxPool;
  readonly provenance: () => Provenance;
  readonly standingAlarms: () => readonly ModelAlarm[];
  readonly onChampion: (modelId: string, promotedMs: number) => void;
}

const SETTINGS = { windowBars: 2_400, holdoutBars: 400, confidences: [0.95, 0.975, 0.99] };
const TICK_MS = 5_000;
const REFUSED = ['conflict', 'unknown-version', 'stale-fence', 'no-predecessor', 'rejected'];
const OUTCOMES: ReadonlyMap<string, AuditDraft['outcome']> = new Map([
  ['requested', 'requested'] as const,
  ...REFUSED.map((word) => [word, 'refused'] as const),
  ...['failed', 'retry', 'error'].map((word) => [word, 'failed'] as const),
]);

export interface BuiltGovernance {
  readonly governance: Governance;
  readonly registry: ModelRegistry;
  readonly retraining: Retraining;
}

export function buildGovernance(parts: GovernanceParts): BuiltGovernance {
  const { config, store, machine, pool, metrics, hub, logger, instanceId } = parts;
  const audit = governanceAudit(parts.trail);
  const registry = createModelRegistry({
    versions: store.models,
    machine,
    audit,
    now: Date.now,
    provenance: parts.provenance,
    onChampion: parts.onChampion,
  });
  const retraining = createRetraining({
    machine,
    registry,
    pool,
    settings: SETTINGS,
    issuedForecasts: (slot, openTimesMs) => issuedForecasts(store, slot, openTimesMs),
    jobs: store.jobs,
    leases: store.leases,
    audit,
    instanceId,
    scheduleMs: config.model.retrainIntervalMs,
    cooldownMs: config.model.retrainCooldownMs,
    concurrency: config.sandbox.poolSize,
    tickMs: TICK_MS,
    now: Date.now,
    standingAlarms: parts.standingAlarms,
    onJob: (trigger, result, ms) => {
      metrics.retrainings.inc({ trigger, result });
      logger.info({ trigger, result, ms }, 'retraining ended');
      hub.publish('jobs', { trigger, result, ms });
    },
  });
  const governance = createGovernance({
    machine,
    versions: store.models,
    jobs: store.jobs,
    registry,
    retraining,
  });
  return { governance, registry, retraining };
}

/** The champion's live forecasts of these bars; undefined where it made none. */
async function issuedForecasts(
  store: Store,
  { symbol, intervalMs }: ModelSlot,
  openTimesMs: readonly number[],
): Promise<IssuedForecasts | undefined> {
  const [fromMs] = openTimesMs;
  if (fromMs === undefined) return undefined;
  const rows = await store.forecasts.scored({ symbol, intervalMs, fromMs, limit: openTimesMs.length });
  const confidences = rows.at(-1)?.confidences;
  if (confidences === undefined) return undefined;
  const same = rows.filter((row) => row.confidences.join() === confidences.join());
  return {
    openTimeMs: same.map((row) => row.openTimeMs),
    logReturn: same.map((row) => row.logReturn),
    pit: same.map((row) => row.pit),
    confidences,
    var: confidences.map((_, level) => same.map((row) => row.var[level]!)),
    es: confidences.map((_, level) => same.map((row) => row.es[level]!)),
  };
}

/** Governance's words for what happened, in the audit log's outcomes. */
function governanceAudit(trail: AuditTrail): GovernanceAudit {
  return {
    record: (action, subject, outcome, details) =>
      trail.record({
        actor: String(details['actor'] ?? 'governance'),
        action,
        subject,
        outcome: OUTCOMES.get(outcome) ?? 'ok',
        correlationId: String(details['request'] ?? details['job'] ?? subject),
        details: { ...details, result: outcome },
      }),
  };
}
