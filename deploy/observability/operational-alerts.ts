/**
 * Alerts on causes and hard limits: the thresholds of the "key metrics" table, capacity, certificates, telemetry.
 *
 * Flow: here -> generate -> prometheus-alerts.yaml.
 * Severity: critical wakes somebody, warning waits for the morning; constitutional="true" also goes to executives.
 */
import { CAPACITY, TELEMETRY, TRAFFIC } from './capacity-alerts.ts';
import { type AlertRule, links, type RuleGroup } from './rule.ts';

const critical = { severity: 'critical', service: 'bayesian-var' };
const warning = { severity: 'warning', service: 'bayesian-var' };

const CALCULATIONS: readonly AlertRule[] = [
  {
    alert: 'VarErrorRateHigh',
    expr: 'sum by (color) (increase(bvar_var_calculations_total{result!~"ok|client"}[5m])) / (sum by (color) (increase(bvar_var_calculations_total{result!="client"}[5m])) > 0) > 0.01',
    for: '5m',
    labels: critical,
    annotations: {
      summary: 'More than 1 % of VaR calculations fail on {{ $labels.color }}',
      description:
        '{{ $value | humanizePercentage }} of calculations failed over five minutes; the limit is 1 %.',
      ...links('var-calculations', 'VarErrorRateHigh'),
    },
  },
  {
    alert: 'VarLatencyP99High',
    expr: 'histogram_quantile(0.99, sum by (le, color) (rate(bvar_var_calculation_duration_seconds_bucket[5m]))) > 1',
    for: '5m',
    labels: warning,
    annotations: {
      summary: 'VaR P99 above 1 s on {{ $labels.color }}',
      description: 'P99 of calculation time is {{ $value | humanizeDuration }}; the promise is 1 s.',
      ...links('var-calculations', 'VarLatencyP99High'),
    },
  },
  {
    alert: 'ModelAccuracyLow',
    expr: 'min by (model) (bvar_model_accuracy_ratio) < 0.95',
    for: '10m',
    labels: { ...warning, action: 'retrain' },
    annotations: {
      summary: 'Accuracy of model {{ $labels.model }} below 95 %',
      description: 'Accuracy is {{ $value | humanizePercentage }}; retraining is due.',
      ...links('model-accuracy', 'ModelAccuracyLow'),
    },
  },
];

const FEED: readonly AlertRule[] = [
  {
    alert: 'BinanceDisconnected',
    expr: 'sum by (color) (bvar_feed_connections) == 0',
    for: '1m',
    labels: critical,
    annotations: {
      summary: 'No connection to Binance on {{ $labels.color }}: no real data',
      description: 'Every pod of the colour has lost its market data streams for a minute.',
      ...links('market-feed', 'BinanceDisconnected'),
    },
  },
  {
    alert: 'FeedStale',
    expr: 'time() - max by (stream, color) (bvar_feed_last_message_timestamp_seconds > 0) > 60',
    for: '1m',
    labels: critical,
    annotations: {
      summary: 'Stream {{ $labels.stream }} is silent on {{ $labels.color }}',
      description:
        'The last message is {{ $value | humanizeDuration }} old, although connections may look open.',
      ...links('market-feed', 'FeedStale'),
    },
  },
];

const SANDBOX: readonly AlertRule[] = [
  {
    alert: 'E2BQuorumLost',
    expr: 'sum by (color) (bvar_e2b_sandboxes{state="healthy"}) / (sum by (color) (bvar_e2b_sandboxes_required) > 0) < 2 / 3',
    for: '2m',
    labels: critical,
    annotations: {
      summary: 'Fewer than two thirds of the training sandboxes are healthy',
      description: 'Healthy share is {{ $value | humanizePercentage }}; two of three are required.',
      ...links('e2b-training', 'E2BQuorumLost'),
    },
  },
];

const COMPLIANCE: readonly AlertRule[] = [
  {
    alert: 'ComplianceViolation',
    expr: 'min by (check, color) (bvar_compliance_status) == 0',
    for: '1m',
    labels: { ...critical, constitutional: 'true' },
    annotations: {
      summary: 'Constitutional Prime Directive violated: {{ $labels.check }} on {{ $labels.color }}',
      description: 'A compliance rule has failed for a minute. Executives are told by the same alert.',
      ...links('compliance', 'ComplianceViolation'),
    },
  },
  {
    alert: 'AuditLost',
    expr: 'sum by (kind, color) (increase(bvar_audit_lost_total[10m])) > 0',
    labels: warning,
    annotations: {
      summary: 'Audit records were lost on {{ $labels.color }}: {{ $labels.kind }}',
      description:
        'Neither database nor spool took {{ $value | humanize }} records in ten minutes; answers went out all the same.',
      ...links('compliance', 'AuditLost'),
    },
  },
  {
    alert: 'Availability30dBreached',
    expr: 'slo:sli_error:ratio_rate30d{slo="var-availability"} > 0.0001',
    for: '5m',
    labels: { ...critical, constitutional: 'true', slo: 'var-availability' },
    annotations: {
      summary: 'System availability below 99.99 % over 30 days',
      description: '{{ $value | humanizePercentage }} of answers were failures; the promise allows 0.01 %.',
      ...links('compliance', 'Availability30dBreached'),
    },
  },
  {
    alert: 'ErrorBudgetExhausted',
    expr: 'slo:error_budget_remaining:ratio{slo!="var-availability"} < 0',
    for: '15m',
    labels: warning,
    annotations: {
      summary: 'The 30-day error budget of {{ $labels.slo }} is spent',
      description:
        'Remaining budget: {{ $value | humanizePercentage }}. Stop risky deployments until it recovers.',
      ...links('compliance', 'ErrorBudgetExhausted'),
    },
  },
  {
    alert: 'AuthFailuresHigh',
    expr: 'sum(increase(bvar_auth_failures_total[10m])) > 100',
    for: '5m',
    labels: warning,
    annotations: {
      summary: 'Many refused credentials',
      description: '{{ $value | humanize }} refusals in ten minutes: a broken client, or somebody guessing.',
      ...links('compliance', 'AuthFailuresHigh'),
    },
  },
];

const HEALTH: readonly AlertRule[] = [
  {
    alert: 'HealthFailing',
    expr: 'max by (color) (probe_success{job="bayesian-var-health"}) == 0',
    for: '2m',
    labels: critical,
    annotations: {
      summary: 'Health checks of {{ $labels.color }} fail from outside for two minutes',
      description:
        'No probe of the colour succeeded; a deployment under way rolls back by itself at this point.',
      ...links('health-checks', 'HealthFailing'),
    },
  },
];

export function operationalGroups(): RuleGroup<AlertRule>[] {
  return [
    { name: 'calculations', rules: CALCULATIONS },
    { name: 'feed', rules: FEED },
    { name: 'sandbox', rules: SANDBOX },
    { name: 'compliance', rules: COMPLIANCE },
    { name: 'health', rules: HEALTH },
    { name: 'capacity', rules: CAPACITY },
    { name: 'traffic', rules: TRAFFIC },
    { name: 'telemetry', rules: TELEMETRY },
  ];
}
