import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboard } from '../../deploy/observability/dashboard/dashboard.ts';
import { catalogue } from '../../src/telemetry/metric-catalogue.ts';
import { DEPLOY, type Json } from './support/manifests.ts';
import { family, metricNames } from './support/promql.ts';

/** Metrics of others, and who exports them. */
const OUTSIDE: Record<string, string> = {
  ALERTS: 'Prometheus',
  up: 'Prometheus',
  bvar_gateway_responses_total: 'the gateway, renamed by prometheus-scrape.yaml',
  bvar_gateway_frontend_responses_total: 'the gateway, renamed by prometheus-scrape.yaml',
  probe_success: 'blackbox exporter',
  probe_duration_seconds: 'blackbox exporter',
  probe_http_status_code: 'blackbox exporter',
  kube_deployment_status_replicas_available: 'kube-state-metrics',
  kube_deployment_spec_replicas: 'kube-state-metrics',
  kube_horizontalpodautoscaler_status_current_replicas: 'kube-state-metrics',
  kube_horizontalpodautoscaler_spec_max_replicas: 'kube-state-metrics',
  kube_pod_container_status_restarts_total: 'kube-state-metrics',
  kube_pod_container_status_last_terminated_reason: 'kube-state-metrics',
  kube_pod_container_resource_limits: 'kube-state-metrics',
  container_cpu_cfs_throttled_periods_total: 'cAdvisor',
  container_cpu_cfs_periods_total: 'cAdvisor',
  container_fs_usage_bytes: 'cAdvisor',
  process_cpu_seconds_total: 'prom-client defaults',
  process_resident_memory_bytes: 'prom-client defaults',
  nodejs_heap_size_used_bytes: 'prom-client defaults',
  nodejs_eventloop_lag_p99_seconds: 'prom-client defaults',
};

const rules = (name: string): Json[] =>
  parse(readFileSync(join(DEPLOY, 'observability', name), 'utf8')).groups.flatMap((g: Json) => g.rules);
const recorded = rules('prometheus-recording-rules.yaml');
const expressions = [
  ...recorded.map((rule) => rule.expr as string),
  ...rules('prometheus-alerts.yaml').map((rule) => rule.expr as string),
  ...(dashboard() as Json).panels.flatMap((p: Json) => (p.targets ?? []).map((t: Json) => t.expr as string)),
];
const scripts = join(DEPLOY, 'scripts/lib');
const scriptText = existsSync(scripts)
  ? readdirSync(scripts)
      .map((name) => readFileSync(join(scripts, name), 'utf8'))
      .join('\n')
  : '';
const used = new Set([
  ...expressions.flatMap(metricNames).map(family),
  ...[...scriptText.matchAll(/\bbvar_[a-z0-9_]+/g)].map((match) => family(match[0])),
]);
const exported = new Set<string>(Object.values(catalogue).map((metric) => metric.name));
const derived = new Set(recorded.map((rule) => rule.record as string));

describe('metric names', () => {
  it('are exported by the service, recorded by a rule, or known to come from elsewhere', () => {
    const unknown = [...used].filter(
      (name) => !exported.has(name) && !derived.has(name) && !(name in OUTSIDE),
    );
    expect(unknown).toEqual([]);
  });

  it('of the service are each used by a rule, a panel or a script', () => {
    expect([...exported].filter((name) => !used.has(name))).toEqual([]);
  });

  it('of others are all used', () => {
    expect(Object.keys(OUTSIDE).filter((name) => !used.has(name))).toEqual([]);
  });

  it('come with the labels that the rules match on', () => {
    const labelled: Record<string, readonly string[]> = Object.fromEntries(
      Object.values(catalogue).map((metric) => [metric.name, metric.labels]),
    );
    const fromTarget = ['job', 'instance', 'color', 'pod', 'le', 'version', 'namespace'];
    for (const expr of expressions)
      for (const [, name, matchers] of expr.matchAll(/\b(bvar_[a-z0-9_]+)\{([^}]*)\}/g)) {
        const labels = labelled[family(name as string)];
        if (labels === undefined) continue;
        for (const [, label] of (matchers as string).matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
          expect([...labels, ...fromTarget], `${name} has the label ${label}`).toContain(label);
      }
  });

  it('have a bucket edge at every latency limit', () => {
    for (const expr of expressions)
      for (const [, name, edge] of expr.matchAll(/\b(bvar_[a-z0-9_]+)_bucket\{le="([^"]+)"\}/g)) {
        const metric = Object.values(catalogue).find((m) => m.name === name) as Json;
        expect(metric.buckets, name).toContain(Number(edge));
      }
  });
});
