/** Rows that answer "how close to its limits": health from both sides, saturation, workers, certificates. */
import { below, own, quantile, type RowSpec, rate } from './panel.ts';

const pods = 'namespace="production", container="bayesian-var"';

export const HEALTH_ROW: RowSpec = {
  title: 'Performance: health checks',
  height: 7,
  panels: [
    {
      title: 'Probes from outside',
      description: 'Share of successful probes by colour, as seen by the blackbox exporter.',
      unit: 'percentunit',
      width: 8,
      min: 0,
      max: 1,
      queries: [
        {
          expr: 'avg by (color) (probe_success{job="bayesian-var-health", instance=~".+"})',
          legend: '{{color}}',
        },
      ],
    },
    {
      title: 'Probe time',
      description: 'Slowest probe from outside, and P95 inside the pods. The promise: P95 below 500 ms.',
      unit: 's',
      width: 8,
      steps: below(0.5),
      queries: [
        {
          expr: 'max by (color) (probe_duration_seconds{job="bayesian-var-health", instance=~".+"})',
          legend: 'outside {{color}}',
        },
        { expr: quantile(0.95, 'bvar_health_check_duration_seconds', 'probe'), legend: 'P95 {{probe}}' },
      ],
    },
    {
      title: 'Health answers',
      description: 'Health answers a second by probe and result, as the pods count them.',
      unit: 'reqps',
      width: 8,
      queries: [{ expr: rate('bvar_health_checks_total', 'probe, result'), legend: '{{probe}} {{result}}' }],
    },
  ],
};

export const SATURATION_ROW: RowSpec = {
  title: 'Performance: saturation',
  height: 8,
  panels: [
    {
      title: 'Replicas',
      description: 'Available replicas by colour; the autoscaler keeps a live colour between 5 and 20.',
      unit: 'short',
      width: 6,
      queries: [
        {
          expr: 'max by (deployment) (kube_deployment_status_replicas_available{job=~".+", instance=~".+", namespace="production"})',
          legend: '{{deployment}}',
        },
      ],
    },
    {
      title: 'CPU and throttling',
      description: 'Processor seconds a second by pod, and the share of periods cut short at the limit.',
      unit: 'short',
      width: 6,
      steps: below(0.25),
      queries: [
        { expr: rate('process_cpu_seconds_total', 'pod'), legend: 'cpu {{pod}}' },
        {
          expr: `sum by (pod) (rate(container_cpu_cfs_throttled_periods_total{job=~".+", instance=~".+", ${pods}}[$__rate_interval])) / sum by (pod) (rate(container_cpu_cfs_periods_total{job=~".+", instance=~".+", ${pods}}[$__rate_interval]))`,
          legend: 'throttled {{pod}}',
        },
      ],
    },
    {
      title: 'Memory',
      description: 'Resident memory and V8 heap by pod; the container limit is 2Gi.',
      unit: 'bytes',
      width: 6,
      steps: below(2 ** 31),
      queries: [
        { expr: `max by (pod) (${own('process_resident_memory_bytes')})`, legend: 'resident {{pod}}' },
        { expr: `max by (pod) (${own('nodejs_heap_size_used_bytes')})`, legend: 'heap {{pod}}' },
      ],
    },
    {
      title: 'Event loop and workers',
      description:
        'P99 event loop lag, P95 worker task time (waiting included), queued and failed worker tasks.',
      unit: 's',
      width: 6,
      steps: below(0.1),
      queries: [
        { expr: `max by (pod) (${own('nodejs_eventloop_lag_p99_seconds')})`, legend: 'lag {{pod}}' },
        { expr: quantile(0.95, 'bvar_worker_task_duration_seconds', 'task'), legend: 'P95 {{task}}' },
        { expr: `sum by (color) (${own('bvar_worker_queue_tasks')})`, legend: 'queued {{color}}' },
        {
          expr: rate('bvar_worker_tasks_total', 'task, result', 'result!="ok"'),
          legend: '{{task}} {{result}}',
        },
      ],
    },
  ],
};

export const ALERT_ROW: RowSpec = {
  title: 'Alerts and certificates',
  height: 8,
  panels: [
    {
      title: 'Firing alerts',
      description: 'What fires now, by severity. Each alert carries a link to its runbook.',
      kind: 'table',
      unit: 'none',
      width: 16,
      queries: [
        {
          expr: 'ALERTS{alertstate="firing", service="bayesian-var", alertname!="Watchdog"}',
          legend: '{{alertname}}',
        },
      ],
    },
    {
      title: 'Certificate lifetime',
      description: 'Time until the served certificates end.',
      kind: 'stat',
      unit: 'dtdurations',
      width: 8,
      steps: [
        { color: 'red', value: null },
        { color: 'yellow', value: 3 * 86_400 },
        { color: 'green', value: 14 * 86_400 },
      ],
      queries: [
        {
          expr: `min by (name) (${own('bvar_tls_certificate_expiry_timestamp_seconds')}) - time()`,
          legend: '{{name}}',
        },
      ],
    },
  ],
};
