/**
 * Alerts on the machinery around the service: replicas, resources, certificates, traffic split, telemetry itself.
 *
 * Flow: here -> operational-alerts -> generate. Sources: kube-state-metrics, cAdvisor, the gateway, the collector.
 */
import { type AlertRule, links } from './rule.ts';

const critical = { severity: 'critical', service: 'bayesian-var' };
const warning = { severity: 'warning', service: 'bayesian-var' };
const ours = 'namespace="production",deployment=~"bayesian-var-(blue|green)"';
const pods = 'namespace="production",container="bayesian-var"';

export const CAPACITY: readonly AlertRule[] = [
  {
    alert: 'ReplicasBelowMin',
    expr: `kube_deployment_status_replicas_available{${ours}} < 5 and kube_deployment_spec_replicas{${ours}} >= 5`,
    for: '5m',
    labels: critical,
    annotations: {
      summary: '{{ $labels.deployment }} has fewer than five available replicas',
      description: 'Available: {{ $value }}. A parked colour (zero wanted) does not raise this.',
      ...links('capacity', 'ReplicasBelowMin'),
    },
  },
  {
    alert: 'HPAAtMax',
    expr: 'kube_horizontalpodautoscaler_status_current_replicas{namespace="production"} >= kube_horizontalpodautoscaler_spec_max_replicas{namespace="production"}',
    for: '15m',
    labels: warning,
    annotations: {
      summary: '{{ $labels.horizontalpodautoscaler }} has been at its maximum for 15 minutes',
      description: 'At {{ $value }} replicas there is nothing left to scale to.',
      ...links('capacity', 'HPAAtMax'),
    },
  },
  {
    alert: 'CrashLooping',
    expr: `increase(kube_pod_container_status_restarts_total{${pods}}[15m]) > 3`,
    labels: critical,
    annotations: {
      summary: 'Pod {{ $labels.pod }} restarts again and again',
      description: '{{ $value | humanize }} restarts in 15 minutes.',
      ...links('capacity', 'CrashLooping'),
    },
  },
  {
    alert: 'OOMKilled',
    expr: `kube_pod_container_status_last_terminated_reason{reason="OOMKilled",${pods}} == 1 and on (namespace, pod, container) increase(kube_pod_container_status_restarts_total{${pods}}[15m]) > 0`,
    labels: warning,
    annotations: {
      summary: 'Pod {{ $labels.pod }} was killed for memory',
      description: 'It went over its 2Gi limit within the last 15 minutes.',
      ...links('capacity', 'OOMKilled'),
    },
  },
  {
    alert: 'CPUThrottled',
    expr: `sum by (pod) (increase(container_cpu_cfs_throttled_periods_total{${pods}}[5m])) / sum by (pod) (increase(container_cpu_cfs_periods_total{${pods}}[5m])) > 0.25`,
    for: '15m',
    labels: warning,
    annotations: {
      summary: 'Pod {{ $labels.pod }} is throttled',
      description:
        '{{ $value | humanizePercentage }} of scheduling periods were cut short at the 1000m limit.',
      ...links('capacity', 'CPUThrottled'),
    },
  },
  {
    alert: 'EphemeralStorageHigh',
    expr: `sum by (pod) (container_fs_usage_bytes{${pods}}) / on (pod) sum by (pod) (kube_pod_container_resource_limits{resource="ephemeral_storage",${pods}}) > 0.8`,
    for: '5m',
    labels: warning,
    annotations: {
      summary: 'Pod {{ $labels.pod }} has used 80 % of its ephemeral storage',
      description: 'At 4Gi the pod is evicted. Used: {{ $value | humanizePercentage }}.',
      ...links('capacity', 'EphemeralStorageHigh'),
    },
  },
  {
    alert: 'EventLoopLagHigh',
    expr: 'max by (pod, color) (nodejs_eventloop_lag_p99_seconds{job="bayesian-var"}) > 0.1',
    for: '5m',
    labels: warning,
    annotations: {
      summary: 'Event loop of {{ $labels.pod }} lags',
      description: 'P99 lag is {{ $value | humanizeDuration }}; above 100 ms sockets and health checks wait.',
      ...links('capacity', 'EventLoopLagHigh'),
    },
  },
];

export const TRAFFIC: readonly AlertRule[] = [
  {
    alert: 'TrafficSplitStuck',
    expr: 'count(sum by (color) (rate(bvar_gateway_responses_total[5m])) > 0) > 1',
    for: '60m',
    labels: warning,
    annotations: {
      summary: 'Two colours have shared traffic for an hour',
      description: 'A deployment stopped half way: resume it or roll it back.',
      ...links('deployment', 'TrafficSplitStuck'),
    },
  },
  {
    alert: 'CertificateExpiresSoon',
    expr: 'min by (name) (bvar_tls_certificate_expiry_timestamp_seconds > 0) - time() < 14 * 86400',
    for: '1h',
    labels: warning,
    annotations: {
      summary: 'Certificate {{ $labels.name }} expires within 14 days',
      description: 'Left: {{ $value | humanizeDuration }}.',
      ...links('certificates', 'CertificateExpiresSoon'),
    },
  },
  {
    alert: 'CertificateExpiresNow',
    expr: 'min by (name) (bvar_tls_certificate_expiry_timestamp_seconds > 0) - time() < 3 * 86400',
    for: '10m',
    labels: critical,
    annotations: {
      summary: 'Certificate {{ $labels.name }} expires within 3 days',
      description: 'Left: {{ $value | humanizeDuration }}.',
      ...links('certificates', 'CertificateExpiresNow'),
    },
  },
];

export const TELEMETRY: readonly AlertRule[] = [
  {
    alert: 'TargetDown',
    expr: 'up{job=~"bayesian-var.*"} == 0',
    for: '5m',
    labels: warning,
    annotations: {
      summary: 'Prometheus cannot scrape {{ $labels.instance }}',
      description: 'The target is known but does not answer, so its numbers are missing from every rule.',
      ...links('telemetry', 'TargetDown'),
    },
  },
  {
    alert: 'CollectorExportFailing',
    expr: 'sum(rate({__name__=~"otelcol_exporter_send_failed_spans(_total)?"}[5m])) > 0',
    for: '15m',
    labels: warning,
    annotations: {
      summary: 'The collector cannot deliver traces',
      description:
        '{{ $value | humanize }} spans a second fail; the queue on disk holds them for five minutes at most.',
      ...links('telemetry', 'CollectorExportFailing'),
    },
  },
  {
    alert: 'Watchdog',
    expr: 'vector(1)',
    labels: { severity: 'none', service: 'bayesian-var' },
    annotations: {
      summary: 'Always firing: proves that alerts travel',
      description: 'The receiver outside pages when this stops arriving.',
      ...links('telemetry', 'Watchdog'),
    },
  },
];
