/**
 * Every metric the service exports, in one table: name, kind, labels, help, bucket edges.
 * Flow:  here -> metrics.ts -> the rooms that count -> /metrics -> alert rules and dashboard
 * Units: seconds, bytes, ratios, as the name says. Labels hold bounded values only; every limit that an
 *        objective names (0.1, 0.5, 1, 30 s) is a bucket edge, so latency ratios are exact.
 */
export type MetricKind = 'counter' | 'gauge' | 'histogram';

export interface MetricSpec {
  readonly kind: MetricKind;
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

const counter = <const L extends readonly string[]>(name: string, labels: L, help: string) =>
  ({ kind: 'counter', name, labels, help }) as const;
const gauge = <const L extends readonly string[]>(name: string, labels: L, help: string) =>
  ({ kind: 'gauge', name, labels, help }) as const;
const histogram = <const L extends readonly string[]>(
  name: string,
  labels: L,
  buckets: readonly number[],
  help: string,
) => ({ kind: 'histogram', name, labels, buckets, help }) as const;

const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 10] as const;
const VAR_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10] as const;
const LAG_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 5] as const;
const JOB_SECONDS = [0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 120, 300] as const;
const HEALTH_SECONDS = [0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;
const TASK_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 10, 60] as const;

export const catalogue = {
  httpRequests: counter('bvar_http_requests_total', ['route', 'method', 'code'], 'HTTP requests answered'),
  httpDuration: histogram(
    'bvar_http_request_duration_seconds',
    ['route', 'method'],
    HTTP_SECONDS,
    'Time from request to the end of its answer',
  ),
  httpInFlight: gauge('bvar_http_requests_in_flight', [], 'HTTP requests being answered'),
  sloEvents: counter('bvar_slo_events_total', ['slo', 'outcome'], 'Good and bad events per objective'),
  varCalculations: counter(
    'bvar_var_calculations_total',
    ['method', 'confidence', 'result'],
    'Value-at-risk calculations by result',
  ),
  varDuration: histogram(
    'bvar_var_calculation_duration_seconds',
    ['method'],
    VAR_SECONDS,
    'Time of one value-at-risk calculation',
  ),
  paretoK: gauge(
    'bvar_posterior_pareto_k',
    ['model'],
    'Tail shape of the importance weights of the last fit; above 0.7 the fit is not to be trusted',
  ),
  essMin: gauge('bvar_mcmc_ess_min', ['model'], 'Smallest effective sample size of the posterior'),
  modelAccuracy: gauge('bvar_model_accuracy_ratio', ['model'], 'Calibration accuracy over its window'),
  modelAccuracySamples: gauge('bvar_model_accuracy_samples', ['model'], 'Forecasts behind the accuracy'),
  modelTrained: gauge(
    'bvar_model_trained_timestamp_seconds',
    ['model'],
    'When the running model version was trained',
  ),
  retrainings: counter('bvar_model_retrainings_total', ['trigger', 'result'], 'Retrainings finished'),
  feedConnections: gauge('bvar_feed_connections', ['stream'], 'Open market data connections'),
  feedMessages: counter('bvar_feed_messages_total', ['stream', 'result'], 'Market data messages by result'),
  feedLag: histogram(
    'bvar_feed_message_lag_seconds',
    ['stream'],
    LAG_SECONDS,
    'Exchange event time to processed',
  ),
  feedLastMessage: gauge(
    'bvar_feed_last_message_timestamp_seconds',
    ['stream'],
    'When the last market data message was processed',
  ),
  bars: counter('bvar_bars_total', ['interval', 'outcome'], 'Bars closed, by interval in seconds'),
  feedReconnects: counter('bvar_feed_reconnects_total', ['stream', 'reason'], 'Market data reconnects'),
  e2bSandboxes: gauge('bvar_e2b_sandboxes', ['state'], 'Training sandboxes by state'),
  e2bSandboxesRequired: gauge('bvar_e2b_sandboxes_required', [], 'Training sandboxes wanted'),
  e2bRequests: counter('bvar_e2b_api_requests_total', ['operation', 'result'], 'Sandbox provider calls'),
  e2bJobs: counter('bvar_e2b_jobs_total', ['kind', 'result'], 'Sandbox jobs finished'),
  e2bJobDuration: histogram('bvar_e2b_job_duration_seconds', ['kind'], JOB_SECONDS, 'Time of a sandbox job'),
  healthChecks: counter('bvar_health_checks_total', ['probe', 'result'], 'Health answers given'),
  healthDuration: histogram(
    'bvar_health_check_duration_seconds',
    ['probe'],
    HEALTH_SECONDS,
    'Time to answer a health request',
  ),
  complianceStatus: gauge(
    'bvar_compliance_status',
    ['check'],
    '1 where the rule holds, 0 where it is broken',
  ),
  complianceViolations: counter('bvar_compliance_violations_total', ['check'], 'Rules that became broken'),
  auditEvents: counter('bvar_audit_events_total', ['action'], 'Audit entries written'),
  auditLost: counter(
    'bvar_audit_lost_total',
    ['kind'],
    'Answers that left without an audit entry, and records needed to compute answers again, that nothing kept',
  ),
  authFailures: counter('bvar_auth_failures_total', ['reason'], 'Requests refused by authentication'),
  tlsExpiry: gauge(
    'bvar_tls_certificate_expiry_timestamp_seconds',
    ['name'],
    'When the served certificate ends',
  ),
  draining: gauge('bvar_draining', [], '1 while the process is stopping'),
  buildInfo: gauge('bvar_build_info', ['version', 'commit', 'node'], 'Always 1; labels name the build'),
  ringOverwrites: counter('bvar_ring_overwrites_total', [], 'Ticks overwritten before a reader saw them'),
  workerQueue: gauge('bvar_worker_queue_tasks', [], 'Tasks waiting for a worker'),
  workerTasks: counter('bvar_worker_tasks_total', ['task', 'result'], 'Worker tasks finished'),
  workerTaskDuration: histogram(
    'bvar_worker_task_duration_seconds',
    ['task'],
    TASK_SECONDS,
    'Time of a worker task, waiting included',
  ),
  modelEpoch: gauge('bvar_model_epoch', ['symbol'], 'Count of posterior publications'),
  publishLag: histogram(
    'bvar_posterior_publish_lag_seconds',
    ['interval'],
    LAG_SECONDS,
    'Bar close to the posterior that has seen it',
  ),
  rateLimited: counter('bvar_rate_limited_total', ['scope'], 'Requests refused by the rate limit'),
  streamClients: gauge('bvar_stream_clients', [], 'Open event streams'),
  streamEvents: counter('bvar_stream_events_total', ['type'], 'Events published to event streams'),
  streamDropped: counter('bvar_stream_dropped_total', ['reason'], 'Event streams cut by the service'),
} as const satisfies Record<string, MetricSpec>;
