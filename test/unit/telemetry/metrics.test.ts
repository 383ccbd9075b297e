import { describe, expect, it } from 'vitest';
import { catalogue, type MetricSpec } from '../../../src/telemetry/metric-catalogue.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';

const specs: readonly MetricSpec[] = Object.values(catalogue);

describe('metric catalogue', () => {
  it('names follow the convention: prefix, base units, _total on counters alone', () => {
    for (const { name, kind } of specs) {
      expect(name).toMatch(/^bvar_[a-z0-9_]+$/);
      expect(name.endsWith('_total')).toBe(kind === 'counter');
      if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
    }
    expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
  });

  it('every limit of a latency objective is a bucket edge', () => {
    const edges = (name: string) => specs.find((spec) => spec.name === name)?.buckets ?? [];
    expect(edges('bvar_var_calculation_duration_seconds')).toContain(1);
    expect(edges('bvar_feed_message_lag_seconds')).toContain(0.1);
    expect(edges('bvar_e2b_job_duration_seconds')).toContain(30);
    expect(edges('bvar_health_check_duration_seconds')).toContain(0.5);
    for (const { buckets = [] } of specs) expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
  });

  it('deployment labels come from the target, never from the process', () => {
    for (const { name, labels } of specs) {
      if (name !== 'bvar_build_info') expect(labels).not.toContain('version');
      expect(labels).not.toContain('color');
      expect(labels).not.toContain('pod');
    }
  });
});

describe('createMetrics', () => {
  it('shows the build and both outcomes of every objective from the first scrape on', async () => {
    const metrics = createMetrics({ version: '1.2.3', commit: 'abc', processMetrics: false });
    const page = await metrics.registry.metrics();
    expect(page).toContain(`bvar_build_info{version="1.2.3",commit="abc",node="${process.version}"} 1`);
    expect(page).toContain('bvar_slo_events_total{slo="feed-availability",outcome="bad"} 0');
    expect(page).toContain('bvar_draining 0');
  });

  it('two registries share nothing', async () => {
    const options = { version: 'a', commit: 'b', processMetrics: false };
    const [one, two] = [createMetrics(options), createMetrics(options)];
    one.varCalculations.inc({ method: 'bayes', confidence: '0.99', result: 'ok' });
    expect(await two.registry.metrics()).not.toContain('result="ok"');
  });

  it('process metrics are there unless switched off', async () => {
    const { registry } = createMetrics({ version: 'a', commit: 'b' });
    expect(await registry.metrics()).toContain('nodejs_eventloop_lag_seconds');
    registry.clear();
  });
});
