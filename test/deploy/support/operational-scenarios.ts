/**
 * Stories for the operational alerts: trouble for 80 minutes, then health for 80 minutes.
 *
 * Shapes: [series, value while bad, value while good]; a text beginning with + is a counter's step a minute.
 */
import { operationalGroups } from '../../../deploy/observability/operational-alerts.ts';
import type { Scenario, Series } from './alert-scenarios.ts';

type Line = readonly [series: string, bad: string, good: string];

interface Story {
  readonly alert: string;
  readonly lines: readonly Line[];
  /** A month's average does not recover in an hour. */
  readonly lasting?: true;
}

const PHASE = 80;
const DAY = 86_400;
const pod = 'namespace="production",container="bayesian-var",pod="a"';
const live = 'namespace="production",deployment="bayesian-var-blue"';
const hpa = 'namespace="production",horizontalpodautoscaler="bayesian-var-blue"';
const p99 = 'bvar_var_calculation_duration_seconds_bucket{color="blue",method="bayes"';

const STORIES: readonly Story[] = [
  {
    alert: 'VarErrorRateHigh',
    lines: [
      ['bvar_var_calculations_total{color="green",result="internal"}', '+2', '+0'],
      ['bvar_var_calculations_total{color="green",result="ok"}', '+98', '+100'],
    ],
  },
  {
    alert: 'VarLatencyP99High',
    lines: [
      [`${p99},le="1"}`, '+95', '+100'],
      [`${p99},le="2.5"}`, '+100', '+100'],
      [`${p99},le="+Inf"}`, '+100', '+100'],
    ],
  },
  { alert: 'ModelAccuracyLow', lines: [['bvar_model_accuracy_ratio{model="bma"}', '0.94', '0.96']] },
  { alert: 'BinanceDisconnected', lines: [['bvar_feed_connections{color="blue",stream="trade"}', '0', '2']] },
  {
    alert: 'FeedStale',
    lines: [['bvar_feed_last_message_timestamp_seconds{color="blue",stream="trade"}', '1', '@time']],
  },
  {
    alert: 'E2BQuorumLost',
    lines: [
      ['bvar_e2b_sandboxes{color="blue",state="healthy"}', '1', '2'],
      ['bvar_e2b_sandboxes_required{color="blue"}', '3', '3'],
    ],
  },
  {
    alert: 'ComplianceViolation',
    lines: [
      ['bvar_compliance_status{color="blue",check="real_data",pod="a"}', '0', '1'],
      ['bvar_compliance_status{color="blue",check="real_data",pod="b"}', '1', '1'],
    ],
  },
  { alert: 'AuditLost', lines: [['bvar_audit_lost_total{color="blue",kind="answer"}', '+1', '+0']] },
  {
    alert: 'Availability30dBreached',
    lasting: true,
    lines: [
      ['bvar_gateway_frontend_responses_total{code="5xx"}', '+1', '+0'],
      ['bvar_gateway_frontend_responses_total{code="2xx"}', '+999', '+1000'],
    ],
  },
  {
    alert: 'ErrorBudgetExhausted',
    lasting: true,
    lines: [
      ['bvar_feed_messages_total{result="gap"}', '+10', '+0'],
      ['bvar_feed_messages_total{result="ok"}', '+990', '+1000'],
    ],
  },
  { alert: 'AuthFailuresHigh', lines: [['bvar_auth_failures_total{reason="unknown"}', '+20', '+1']] },
  {
    alert: 'HealthFailing',
    lines: [
      ['probe_success{job="bayesian-var-health",color="blue",instance="a"}', '0', '0'],
      ['probe_success{job="bayesian-var-health",color="blue",instance="b"}', '0', '1'],
    ],
  },
  {
    alert: 'ReplicasBelowMin',
    lines: [
      [`kube_deployment_status_replicas_available{${live}}`, '4', '5'],
      [`kube_deployment_spec_replicas{${live}}`, '5', '5'],
    ],
  },
  {
    alert: 'HPAAtMax',
    lines: [
      [`kube_horizontalpodautoscaler_status_current_replicas{${hpa}}`, '20', '12'],
      [`kube_horizontalpodautoscaler_spec_max_replicas{${hpa}}`, '20', '20'],
    ],
  },
  { alert: 'CrashLooping', lines: [[`kube_pod_container_status_restarts_total{${pod}}`, '+1', '+0']] },
  {
    alert: 'OOMKilled',
    lines: [
      [`kube_pod_container_status_last_terminated_reason{reason="OOMKilled",${pod}}`, '1', '1'],
      [`kube_pod_container_status_restarts_total{${pod}}`, '+1', '+0'],
    ],
  },
  {
    alert: 'CPUThrottled',
    lines: [
      [`container_cpu_cfs_throttled_periods_total{${pod}}`, '+300', '+60'],
      [`container_cpu_cfs_periods_total{${pod}}`, '+600', '+600'],
    ],
  },
  {
    alert: 'EphemeralStorageHigh',
    lines: [
      [`container_fs_usage_bytes{${pod}}`, '3600000000', '1000000000'],
      [`kube_pod_container_resource_limits{resource="ephemeral_storage",${pod}}`, '4294967296', '4294967296'],
    ],
  },
  {
    alert: 'EventLoopLagHigh',
    lines: [['nodejs_eventloop_lag_p99_seconds{job="bayesian-var",pod="a",color="blue"}', '0.2', '0.02']],
  },
  {
    alert: 'TrafficSplitStuck',
    lines: [
      ['bvar_gateway_responses_total{color="blue",code="2xx"}', '+500', '+0'],
      ['bvar_gateway_responses_total{color="green",code="2xx"}', '+500', '+1000'],
    ],
  },
  {
    alert: 'CertificateExpiresSoon',
    lines: [['bvar_tls_certificate_expiry_timestamp_seconds{name="pod"}', `${10 * DAY}`, `${60 * DAY}`]],
  },
  {
    alert: 'CertificateExpiresNow',
    lines: [['bvar_tls_certificate_expiry_timestamp_seconds{name="pod"}', `${2 * DAY}`, `${10 * DAY}`]],
  },
  { alert: 'TargetDown', lines: [['up{job="bayesian-var",instance="a"}', '0', '1']] },
  { alert: 'CollectorExportFailing', lines: [['otelcol_exporter_send_failed_spans_total', '+60', '+0']] },
];

function phase(value: string, from: number, start: number): { text: string; end: number } {
  if (value === '@time') return { text: `${start * 60}+60x${PHASE - 1}`, end: 0 };
  if (!value.startsWith('+')) return { text: `${value}x${PHASE - 1}`, end: 0 };
  const step = Number(value.slice(1));
  return { text: `${from}+${step}x${PHASE - 1}`, end: from + step * PHASE };
}

function trouble([series, bad, good]: Line): Series {
  const first = phase(bad, 0, 0);
  return { series, values: `${first.text} ${phase(good, first.end, PHASE).text}` };
}

function health([series, , good]: Line): Series {
  const first = phase(good, 0, 0);
  return { series, values: `${first.text} ${phase(good, first.end, PHASE).text}` };
}

const OPERATIONAL = operationalGroups();
const RECORDED: Record<string, string> = {
  Availability30dBreached: 'slo-var-availability',
  ErrorBudgetExhausted: 'slo-feed-errors',
};

function groupsOf(alert: string): string[] {
  const home = OPERATIONAL.find((group) => group.rules.some((rule) => rule.alert === alert));
  const recorded = RECORDED[alert];
  return [...(recorded === undefined ? [] : [recorded]), home?.name as string];
}

export function operationalScenarios(): Scenario[] {
  return STORIES.flatMap(({ alert, lines, lasting }) => [
    {
      name: `${alert}: fires in trouble${lasting ? ' and lasts' : ', is silent after recovery'}`,
      groups: groupsOf(alert),
      interval: '1m' as const,
      input: lines.map(trouble),
      expect: [
        { alert, at: '76m', firing: true },
        { alert, at: '158m', firing: lasting === true },
      ],
    },
    {
      name: `${alert}: is silent in health`,
      groups: groupsOf(alert),
      interval: '1m' as const,
      input: lines.map(health),
      expect: [{ alert, at: '100m', firing: false }],
    },
    {
      name: `${alert}: is silent when there is nothing to see`,
      groups: groupsOf(alert),
      interval: '1m' as const,
      input: [],
      expect: [{ alert, at: '100m', firing: false }],
    },
  ]);
}

/** Alerts with a story; the test compares them with the rule file. */
export const TOLD: readonly string[] = STORIES.map((story) => story.alert);
