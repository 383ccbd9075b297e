/**
 * The shape of a Prometheus rule file, and where runbooks live.
 *
 * Flow: slo-rules, operational-alerts -> here -> generate -> *.yaml.
 */

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Record<string, string>;
}

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

export interface RuleGroup<Rule> {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

/** Set these two to where your people read runbooks and dashboards, then generate again. */
const RUNBOOK_BASE = 'https://runbooks.example.com/bayesian-var';
const DASHBOARD = 'https://grafana.example.com/d/bayesian-var';

/** Every alert names its section of a runbook (file deploy/runbooks/NAME.md) and the dashboard. */
export function links(runbook: string, section: string): Record<string, string> {
  return {
    runbook_url: `${RUNBOOK_BASE}/${runbook}.md#${section.toLowerCase()}`,
    dashboard_url: DASHBOARD,
  };
}
