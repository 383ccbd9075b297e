/** What /health says of the parts beside feed and models. Flow: parts' own status -> here -> HealthView. */
import type { ComplianceMonitor } from '#engine/compliance-monitor.ts';
import type { HealthCheck } from '#engine/risk-engine.ts';
import type { SandboxPool } from '#engine/sandbox-pool-types.ts';
import type { ValuationCycle } from '#engine/valuation-cycle.ts';
import type { Store } from '#store/ports/store.ts';

export interface CheckedParts {
  readonly store: Store;
  readonly sandboxes: SandboxPool;
  readonly monitor: ComplianceMonitor;
  readonly cycle: ValuationCycle;
}

/** Answers that wait beyond this are a sign of too few threads. */
const QUEUE_LONG = 64;

export function otherChecks({ store, sandboxes, monitor, cycle }: CheckedParts): readonly HealthCheck[] {
  const nowMs = Date.now();
  const kept = store.health();
  const pool = sandboxes.status();
  const directive = monitor.status();
  const broken = directive.rules.filter(({ verdict }) => verdict === 'fail').map(({ rule }) => rule);
  return [
    {
      name: 'store',
      status: kept.status === 'ok' ? 'ok' : kept.status === 'spooling' ? 'degraded' : 'failed',
      ageMs: kept.lastOkMs === 0 ? process.uptime() * 1000 : Math.max(0, nowMs - kept.lastOkMs),
      detail: [
        `${kept.dialect}, ${kept.spooledRecords} records spooled`,
        ...(kept.lastError === undefined ? [] : [kept.lastError]),
        ...(kept.lastOkMs === 0 ? ['not reached since the start'] : []),
      ].join(', '),
    },
    {
      name: 'sandboxes',
      status: pool.quorum ? 'ok' : 'degraded',
      ageMs: 0,
      detail: `${pool.healthy} of ${pool.required} healthy (${pool.provider}, isolation ${pool.isolation})${pool.blocked === undefined ? '' : `, ${pool.blocked}`}`,
    },
    {
      name: 'workers',
      status: cycle.waiting > QUEUE_LONG ? 'degraded' : 'ok',
      ageMs: 0,
      detail: `${cycle.waiting} answers wait`,
    },
    {
      name: 'compliance',
      status: directive.verdict === 'pass' ? 'ok' : directive.verdict === 'fail' ? 'degraded' : 'unknown',
      ageMs: Math.max(0, nowMs - directive.evaluatedMs),
      detail: broken.length === 0 ? directive.verdict : `violated: ${broken.join(', ')}`,
    },
  ];
}
