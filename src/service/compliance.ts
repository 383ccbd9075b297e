/**
 * Connects the Prime Directive's rules to what the running service can show.
 * Flow: ingest, sandbox pool, forecast ledger, metrics, /proc -> evidence -> engine/compliance-monitor.
 */
import type { Config } from '#config/load-config.ts';
import { accuracyEvidence, type ModelAccuracy } from '#domain/compliance/accuracy-evidence.ts';
import { realDataEvidence, sandboxEvidence } from '#domain/compliance/market-evidence.ts';
import { PRIME_DIRECTIVE, type RuleId } from '#domain/compliance/rules.ts';
import { securityEvidence } from '#domain/compliance/security-evidence.ts';
import {
  availabilityEvidence,
  errorRateEvidence,
  responseTimeEvidence,
} from '#domain/compliance/traffic-evidence.ts';
import type { AccountStatus } from '#engine/account-sync.ts';
import type { AuditTrail } from '#engine/audit-trail.ts';
import { ComplianceMonitor, type EvidenceSource } from '#engine/compliance-monitor.ts';
import { probeSecurity } from '#engine/compliance-security.ts';
import { createTrafficWindow } from '#engine/compliance-traffic.ts';
import type { EventHub } from '#engine/event-hub.ts';
import type { IngestStatus } from '#engine/ingest.ts';
import type { PoolStatus } from '#engine/sandbox-pool-types.ts';
import type { ComplianceTransition } from '#store/ports/compliance-results.ts';
import type { Store } from '#store/ports/store.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export interface ComplianceParts {
  readonly config: Config;
  readonly instanceId: string;
  readonly store: Store;
  readonly trail: AuditTrail;
  readonly metrics: Metrics;
  readonly hub: EventHub;
  readonly ingest: () => IngestStatus;
  readonly sandboxes: () => PoolStatus;
  readonly accuracy: () => readonly ModelAccuracy[];
  /** Undefined where no exchange account is configured. */
  readonly account: () => AccountStatus | undefined;
  readonly onViolation: (rule: RuleId, transition: ComplianceTransition) => void;
}

const windowOf = (id: RuleId) => PRIME_DIRECTIVE.find((rule) => rule.id === id)!.windowMs;

export function buildComplianceMonitor(parts: ComplianceParts): ComplianceMonitor {
  const { config, metrics, store, trail, hub, instanceId } = parts;
  return new ComplianceMonitor({
    rules: PRIME_DIRECTIVE,
    sources: evidenceSources(parts),
    results: store.compliance,
    trail,
    instance: instanceId,
    enforce: config.compliance.primeDirective === 'enforce',
    metrics: {
      status: (check, value) =>
        value === undefined
          ? metrics.complianceStatus.remove({ check })
          : metrics.complianceStatus.set({ check }, value),
      violation: (check) => metrics.complianceViolations.inc({ check }),
    },
    onTransition: (transition, rule) => {
      hub.publish('compliance', {
        rule: rule.id,
        from: transition.from,
        to: transition.to,
        atMs: transition.atMs,
        escalated: transition.escalated,
      });
      if (transition.to === 'fail') parts.onViolation(rule.id, transition);
    },
  });
}

function evidenceSources(parts: ComplianceParts): Record<RuleId, EvidenceSource> {
  const { config, metrics } = parts;
  const window = (id: RuleId) => createTrafficWindow(metrics, windowOf(id));
  const [errors, times, availability] = [
    window('error-rate'),
    window('response-time'),
    window('availability'),
  ];
  const { staleAfterMs } = config.market;
  const tls = config.http.tlsCertFile === undefined ? config.http.tlsTermination : 'listener';
  return {
    'real-data': (nowMs) => {
      const { feed, symbols } = parts.ingest();
      const streams = symbols.map(({ symbol, state, ageMs }) => ({ symbol, live: state === 'live', ageMs }));
      return realDataEvidence(feed.provenance, streams, staleAfterMs, nowMs);
    },
    'sandbox-health': (nowMs) => sandboxEvidence(parts.sandboxes(), nowMs),
    'model-accuracy': (nowMs) => accuracyEvidence(parts.accuracy(), nowMs),
    'error-rate': async (nowMs) => errorRateEvidence(await errors.counts(nowMs), nowMs),
    'response-time': async (nowMs) => responseTimeEvidence(await times.counts(nowMs), nowMs),
    availability: async (nowMs) => availabilityEvidence(await availability.counts(nowMs), nowMs),
    security: async (nowMs) => {
      const account = parts.account();
      const probes = await probeSecurity({
        tls,
        authentication: true,
        ...(config.service.uid !== undefined && { uid: config.service.uid }),
        ...(account !== undefined && { exchangeKey: account }),
      });
      return securityEvidence(probes, nowMs);
    },
  };
}
