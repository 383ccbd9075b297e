/**
 * Recording rules and multi-window burn-rate alerts of the twelve indicators.
 *
 * Flow: slo-table -> here -> generate -> prometheus-recording-rules.yaml, prometheus-alerts.yaml.
 * Formula: burn rate = error ratio / (1 - objective); alert when both the long and the short window exceed the
 * factor (Google SRE Workbook, chapter 5, "multiwindow, multi-burn-rate alerts").
 */
import { type AlertRule, links, type RecordingRule, type RuleGroup } from './rule.ts';
import { BURNS, type Burn, MIN_BAD_EVENTS, pascal, SLIS, type Sli, threshold, WINDOWS } from './slo-table.ts';

/** One series per indicator and window, told apart by the label `slo`. */
const ratio = (window: string): string => `slo:sli_error:ratio_rate${window}`;

/** Outside probes as 0/1 series: Prometheus cannot compare inside a range selector. */
const PROBE_FLAGS: readonly RecordingRule[] = [
  {
    record: 'slo:health_no_answer:bool',
    expr: 'probe_http_status_code{job="bayesian-var-health"} == bool 0',
  },
  {
    record: 'slo:health_unhealthy:bool',
    expr: '(probe_success{job="bayesian-var-health"} == bool 0) * (probe_http_status_code{job="bayesian-var-health"} != bool 0)',
  },
  {
    record: 'slo:health_slow:bool',
    expr: 'probe_duration_seconds{job="bayesian-var-health"} > bool 0.5',
  },
];

/** Dividing by a total above 0 leaves no sample when there was no traffic: silence is not an error ratio. */
function errorRatio(sli: Sli, window: string): RecordingRule {
  return {
    record: ratio(window),
    expr: `${sli.bad(window)} / (${sli.total(window)} > 0)`,
    labels: { slo: sli.id },
  };
}

function monthly(sli: Sli): RecordingRule[] {
  const labels = { slo: sli.id };
  return [
    { record: 'slo:objective:ratio', expr: `vector(${sli.objective})`, labels },
    { record: ratio('30d'), expr: `avg_over_time(${ratio('5m')}{slo="${sli.id}"}[30d])`, labels },
    {
      record: 'slo:error_budget_remaining:ratio',
      expr: `1 - ${ratio('30d')}{slo="${sli.id}"} / ${threshold(sli, 1)}`,
      labels,
    },
  ];
}

export function recordingGroups(): RuleGroup<RecordingRule>[] {
  return [
    { name: 'slo-probe-flags', rules: PROBE_FLAGS },
    ...SLIS.map((sli) => ({
      name: `slo-${sli.id}`,
      rules: [...WINDOWS.map((window) => errorRatio(sli, window)), ...monthly(sli)],
    })),
  ];
}

function burnAlert(sli: Sli, burn: Burn): AlertRule {
  const limit = threshold(sli, burn.factor);
  const over = (window: string): string => `${ratio(window)}{slo="${sli.id}"} > ${limit}`;
  const enough = burn.severity === 'critical' ? ` and on() ${sli.bad(burn.long)} >= ${MIN_BAD_EVENTS}` : '';
  const name = `SLO${pascal(sli.id)}${burn.speed}`;
  return {
    alert: name,
    expr: `${over(burn.long)} and ${over(burn.short)}${enough}`,
    for: burn.hold,
    labels: { severity: burn.severity, slo: sli.id, service: 'bayesian-var' },
    annotations: {
      summary: `${sli.service}: ${sli.promise} is burning its 30-day budget ${burn.factor} times too fast`,
      description: `Bad event: ${sli.badEvent}. {{ $value | humanizePercentage }} of events over ${burn.long} are bad; about ${burn.spent} of the month's budget is spent.`,
      ...links(sli.runbook, `slo-${sli.id}`),
    },
  };
}

/** Nobody measures: worse than a bad value, because every other rule of the indicator is silent. */
function absentAlert(sli: Sli): AlertRule {
  return {
    alert: `SLOMetricAbsent${pascal(sli.id)}`,
    expr: `absent(${sli.source})`,
    for: '10m',
    labels: { severity: 'warning', slo: sli.id, service: 'bayesian-var' },
    annotations: {
      summary: `${sli.id} is not measured any more`,
      description: `No series of ${sli.source.replaceAll('"', "'")} for ten minutes: its alerts cannot fire.`,
      ...links('telemetry', 'SLOMetricAbsent'),
    },
  };
}

export function burnGroups(): RuleGroup<AlertRule>[] {
  return SLIS.map((sli) => ({
    name: `slo-burn-${sli.id}`,
    rules: [...BURNS.map((burn) => burnAlert(sli, burn)), absentAlert(sli)],
  }));
}
