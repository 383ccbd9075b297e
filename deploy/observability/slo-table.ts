/**
 * The twelve service level indicators of the SLO table, each as "bad events among all events".
 *
 * Flow: here -> slo-rules (recording rules, burn alerts), dashboard, promtool tests.
 * Units: objectives and ratios as fractions of 1; windows in PromQL durations.
 *
 * Availability and health are seen from outside the pods (gateway answers, probes): a dead pod counts nothing.
 * Every latency limit is a bucket edge of its histogram, so the ratios are exact.
 */

export interface Sli {
  readonly id: string;
  readonly service: 'VaR Calculations' | 'Real Data Feed' | 'E2B Training' | 'Health Checks';
  readonly promise: string;
  /** Share of good events over 30 days. */
  readonly objective: number;
  readonly badEvent: string;
  /** A metric whose absence means that nobody measures. */
  readonly source: string;
  readonly bad: (window: string) => string;
  readonly total: (window: string) => string;
  readonly runbook: string;
}

const sum = (selector: string) => (window: string) => `sum(increase(${selector}[${window}]))`;

/** Events slower than a bucket edge. */
const slower = (histogram: string, edge: string) => (window: string) =>
  `(${sum(`${histogram}_count`)(window)} - ${sum(`${histogram}_bucket{le="${edge}"}`)(window)})`;

/** Share of samples of a recorded 0/1 series. */
const flagged = (series: string) => (window: string) => `sum(sum_over_time(${series}[${window}]))`;
const sampled = (series: string) => (window: string) => `sum(count_over_time(${series}[${window}]))`;

export const SLIS: readonly Sli[] = [
  {
    id: 'var-availability',
    service: 'VaR Calculations',
    promise: 'availability 99.99 %',
    objective: 0.9999,
    badEvent: 'the gateway answered a caller with 5xx, or had no answer to give',
    source: 'bvar_gateway_frontend_responses_total',
    bad: sum('bvar_gateway_frontend_responses_total{code="5xx"}'),
    total: sum('bvar_gateway_frontend_responses_total'),
    runbook: 'var-calculations',
  },
  {
    id: 'var-latency',
    service: 'VaR Calculations',
    promise: 'P99 < 1 s',
    objective: 0.99,
    badEvent: 'a calculation took longer than 1 s',
    source: 'bvar_var_calculation_duration_seconds_count',
    bad: slower('bvar_var_calculation_duration_seconds', '1'),
    total: sum('bvar_var_calculation_duration_seconds_count'),
    runbook: 'var-calculations',
  },
  {
    id: 'var-errors',
    service: 'VaR Calculations',
    promise: 'error rate < 1 %',
    objective: 0.99,
    badEvent: 'a calculation failed for a reason that is not the caller',
    source: 'bvar_var_calculations_total',
    bad: sum('bvar_var_calculations_total{result!~"ok|client"}'),
    total: sum('bvar_var_calculations_total{result!="client"}'),
    runbook: 'var-calculations',
  },
  {
    id: 'feed-availability',
    service: 'Real Data Feed',
    promise: 'availability 99.95 %',
    objective: 0.9995,
    badEvent: 'a pod lived a second without a fresh market message',
    source: 'bvar_slo_events_total{slo="feed-availability"}',
    bad: sum('bvar_slo_events_total{slo="feed-availability",outcome="bad"}'),
    total: sum('bvar_slo_events_total{slo="feed-availability"}'),
    runbook: 'market-feed',
  },
  {
    id: 'feed-latency',
    service: 'Real Data Feed',
    promise: 'P95 < 100 ms',
    objective: 0.95,
    badEvent: 'a market message was processed later than 100 ms after its event',
    source: 'bvar_feed_message_lag_seconds_count',
    bad: slower('bvar_feed_message_lag_seconds', '0.1'),
    total: sum('bvar_feed_message_lag_seconds_count'),
    runbook: 'market-feed',
  },
  {
    id: 'feed-errors',
    service: 'Real Data Feed',
    promise: 'error rate < 0.1 %',
    objective: 0.999,
    badEvent: 'a market message was invalid, dropped or found missing',
    source: 'bvar_feed_messages_total',
    bad: sum('bvar_feed_messages_total{result!="ok"}'),
    total: sum('bvar_feed_messages_total'),
    runbook: 'market-feed',
  },
  {
    id: 'e2b-availability',
    service: 'E2B Training',
    promise: 'availability 99.9 %',
    objective: 0.999,
    badEvent: 'a call to the sandbox API failed',
    source: 'bvar_e2b_api_requests_total',
    bad: sum('bvar_e2b_api_requests_total{result!="ok"}'),
    total: sum('bvar_e2b_api_requests_total'),
    runbook: 'e2b-training',
  },
  {
    id: 'e2b-latency',
    service: 'E2B Training',
    promise: 'P95 < 30 s',
    objective: 0.95,
    badEvent: 'a training job took longer than 30 s',
    source: 'bvar_e2b_job_duration_seconds_count',
    bad: slower('bvar_e2b_job_duration_seconds', '30'),
    total: sum('bvar_e2b_job_duration_seconds_count'),
    runbook: 'e2b-training',
  },
  {
    id: 'e2b-errors',
    service: 'E2B Training',
    promise: 'error rate < 5 %',
    objective: 0.95,
    badEvent: 'a training job failed',
    source: 'bvar_e2b_jobs_total',
    bad: sum('bvar_e2b_jobs_total{result!="ok"}'),
    total: sum('bvar_e2b_jobs_total'),
    runbook: 'e2b-training',
  },
  {
    id: 'health-availability',
    service: 'Health Checks',
    promise: 'availability 99.99 %',
    objective: 0.9999,
    badEvent: 'a probe from outside got no answer',
    source: 'probe_success{job="bayesian-var-health"}',
    bad: flagged('slo:health_no_answer:bool'),
    total: sampled('slo:health_no_answer:bool'),
    runbook: 'health-checks',
  },
  {
    id: 'health-latency',
    service: 'Health Checks',
    promise: 'P95 < 500 ms',
    objective: 0.95,
    badEvent: 'a probe from outside took longer than 500 ms',
    source: 'probe_duration_seconds{job="bayesian-var-health"}',
    bad: flagged('slo:health_slow:bool'),
    total: sampled('slo:health_slow:bool'),
    runbook: 'health-checks',
  },
  {
    id: 'health-errors',
    service: 'Health Checks',
    promise: 'error rate < 0.01 %',
    objective: 0.9999,
    badEvent: 'a probe from outside was answered "unhealthy"',
    source: 'probe_http_status_code{job="bayesian-var-health"}',
    bad: flagged('slo:health_unhealthy:bool'),
    total: sampled('slo:health_unhealthy:bool'),
    runbook: 'health-checks',
  },
];

export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;

export interface Burn {
  readonly speed: 'PageFast' | 'PageSlow' | 'TicketFast' | 'TicketSlow';
  readonly factor: number;
  readonly long: (typeof WINDOWS)[number];
  readonly short: (typeof WINDOWS)[number];
  readonly hold: string;
  readonly severity: 'critical' | 'warning';
  /** Share of the 30-day budget that is gone when it fires. */
  readonly spent: string;
}

/** Two speeds wake somebody, two wait for the morning; the short window lets each clear soon after recovery. */
export const BURNS: readonly Burn[] = [
  {
    speed: 'PageFast',
    factor: 14.4,
    long: '1h',
    short: '5m',
    hold: '2m',
    severity: 'critical',
    spent: '2 %',
  },
  { speed: 'PageSlow', factor: 6, long: '6h', short: '30m', hold: '15m', severity: 'critical', spent: '5 %' },
  { speed: 'TicketFast', factor: 3, long: '1d', short: '2h', hold: '1h', severity: 'warning', spent: '10 %' },
  { speed: 'TicketSlow', factor: 1, long: '3d', short: '6h', hold: '3h', severity: 'warning', spent: '10 %' },
];

/** Too few failures to wake anybody, whatever their share. */
export const MIN_BAD_EVENTS = 5;

/** Error ratio above which a burn of this factor is under way, free of binary rounding noise. */
export function threshold(sli: Sli, factor: number): number {
  return Number(((1 - sli.objective) * factor).toPrecision(6));
}

/** `var-latency` -> `VarLatency`. */
export function pascal(id: string): string {
  return id
    .split('-')
    .map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)
    .join('');
}
