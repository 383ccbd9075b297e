import { describe, expect, it } from 'vitest';
import { type Evidence, noEvidence } from '#domain/compliance/evaluate.ts';
import { PRIME_DIRECTIVE, type RuleId } from '#domain/compliance/rules.ts';
import { AuditLog } from '#engine/audit-log.ts';
import { underDirective } from '#engine/compliance-enforcement.ts';
import { ComplianceMonitor, type ComplianceMonitorOptions } from '#engine/compliance-monitor.ts';
import type { ComplianceTransition } from '#store/ports/compliance-results.ts';
import { StoreUnavailableError } from '#store/ports/store-failure.ts';
import { memoryAudit } from '../../support/audit-memory.ts';
import { createFakeRiskEngine } from '../../support/fake-risk-engine.ts';

function scene(over: Partial<ComplianceMonitorOptions> = {}) {
  const clock = { ms: 1_000_000 };
  const now = () => clock.ms;
  const good =
    (measured: number) =>
    (nowMs: number): Evidence => ({
      measured,
      atMs: nowMs,
      samples: 1_000,
      objections: [],
      facts: {},
    });
  const sources: Record<RuleId, (nowMs: number) => Evidence | Promise<Evidence>> = {
    'real-data': good(1),
    'sandbox-health': good(3),
    'model-accuracy': good(98),
    'error-rate': good(0),
    'response-time': good(0.1),
    security: good(1),
    availability: good(1),
  };
  const entries = memoryAudit();
  const stored: ComplianceTransition[] = [];
  const gauges = new Map<string, number | undefined>();
  const violations: string[] = [];
  const results = {
    record: async (transition: ComplianceTransition) => void stored.push(transition),
    list: async () => stored,
  };
  const trail = new AuditLog({ entries, chain: 'r', lingerMs: 0, now });
  const monitor = new ComplianceMonitor({
    rules: PRIME_DIRECTIVE,
    sources,
    results,
    trail,
    instance: 'r',
    enforce: false,
    deadlineMs: 20,
    now,
    metrics: {
      status: (check, value) => gauges.set(check, value),
      violation: (check) => violations.push(check),
    },
    ...over,
  });
  return { monitor, sources, entries, stored, gauges, violations, clock, results };
}

describe('the compliance monitor', () => {
  it('knows nothing before its first round and all after it', async () => {
    const { monitor, gauges } = scene();
    expect(monitor.status()).toMatchObject({ verdict: 'unknown', executiveEscalation: false });
    await monitor.evaluate();
    expect(monitor.status()).toMatchObject({ verdict: 'pass', executiveEscalation: false });
    expect([...gauges.values()]).toEqual(PRIME_DIRECTIVE.map(() => 1));
  });

  it('tells every change once: store, audit, metrics, escalation', async () => {
    const { monitor, sources, stored, entries, violations, gauges, clock } = scene();
    await monitor.evaluate();
    stored.length = 0;
    sources['error-rate'] = (atMs) => ({ measured: 0.5, atMs, samples: 100, objections: [], facts: {} });
    clock.ms += 5_000;
    await monitor.evaluate();
    await monitor.evaluate();
    expect(stored).toMatchObject([
      { rule: 'error-rate', from: 'pass', to: 'fail', actual: 0.5, escalated: true },
    ]);
    expect(entries.rows.at(-1)).toMatchObject({ action: 'compliance.violated', subject: 'error-rate' });
    expect(violations).toEqual(['error_rate']);
    expect(gauges.get('error_rate')).toBe(0);
    const status = monitor.status();
    expect(status).toMatchObject({ verdict: 'fail', executiveEscalation: true });
    expect(status.rules.find(({ rule }) => rule === 'error-rate')?.sinceMs).toBe(clock.ms);
  });

  it('takes a source that throws, hangs or is absent for unknown, and its gauge away', async () => {
    const { monitor, sources, gauges } = scene();
    sources['security'] = () => {
      throw new Error('boom');
    };
    sources['availability'] = () => new Promise(() => {});
    await monitor.evaluate();
    expect(monitor.verdict('security')).toBe('unknown');
    expect(monitor.verdict('availability')).toBe('unknown');
    expect([gauges.get('security'), gauges.get('availability')]).toEqual([undefined, undefined]);
    expect(monitor.status().verdict).toBe('unknown');
    const bare = scene({ sources: {} });
    await bare.monitor.evaluate();
    expect(bare.monitor.status().verdict).toBe('unknown');
  });

  it('keeps transitions through an outage and tells them later, in order, once', async () => {
    const { monitor, sources, stored, entries } = scene();
    await monitor.evaluate();
    stored.length = 0;
    const before = entries.rows.length;
    entries.onAppend = () => {
      throw new StoreUnavailableError('connection');
    };
    sources['sandbox-health'] = (atMs) => noEvidence(atMs, 'away');
    await monitor.evaluate();
    sources['sandbox-health'] = (atMs) => ({ measured: 1, atMs, samples: 1, objections: [], facts: {} });
    await monitor.evaluate();
    expect(stored).toEqual([]);
    entries.onAppend = () => {};
    await monitor.evaluate();
    expect(stored.map(({ from, to }) => `${from} ${to}`)).toEqual(['pass unknown', 'unknown fail']);
    expect(entries.rows.length - before).toBe(2);
  });
});

describe('enforcement', () => {
  const query = {
    positions: [{ symbol: 'BTCUSDT', quantity: 1 }],
    confidences: [0.99],
    horizonsMs: [3_600_000],
    credibleMass: 0.9,
    method: 'bayes',
    contributions: false,
  } as const;

  it.each([
    [
      'synthetic',
      (atMs: number): Evidence => ({ measured: 1, atMs, samples: 3, objections: ['synthetic'], facts: {} }),
    ],
    ['unproven', (atMs: number) => noEvidence(atMs, 'away')],
  ])('refuses every answer while the data are %s, and lets them through again after', async (_name, lost) => {
    const { monitor, sources } = scene({ enforce: true });
    const engine = underDirective(createFakeRiskEngine(), monitor);
    expect(await engine.valueAtRisk(query, {})).toMatchObject({ ok: false, reason: 'refused-by-directive' });
    await monitor.evaluate();
    expect((await engine.valueAtRisk(query, {})).ok).toBe(true);
    const real = sources['real-data'];
    sources['real-data'] = lost;
    await monitor.evaluate();
    expect(await engine.valueAtRisk(query, {})).toMatchObject({ ok: false, reason: 'refused-by-directive' });
    sources['real-data'] = real;
    await monitor.evaluate();
    expect((await engine.valueAtRisk(query, {})).ok).toBe(true);
  });

  it('without it an answer carries the verdict it was given under', async () => {
    const { monitor, sources } = scene();
    sources['real-data'] = (atMs) => ({ measured: 0, atMs, samples: 3, objections: [], facts: {} });
    sources['model-accuracy'] = (atMs) => noEvidence(atMs, 'few');
    await monitor.evaluate();
    const outcome = await underDirective(createFakeRiskEngine(), monitor).valueAtRisk(query, {});
    expect(outcome.ok && outcome.value.compliance).toEqual({
      verdict: 'fail',
      failing: ['real-data'],
      unknown: ['model-accuracy'],
    });
  });
});
