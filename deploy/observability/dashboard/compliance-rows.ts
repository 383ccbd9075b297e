/** Rows that answer "do we keep our promises": constitutional compliance and the SLO table. */
import { atLeast, below, own, type RowSpec, rate } from './panel.ts';

const CHECKS: readonly { check: string; title: string }[] = [
  { check: 'real_data', title: 'Real data' },
  { check: 'e2b', title: 'E2B sandboxes' },
  { check: 'accuracy', title: 'Model accuracy' },
  { check: 'error_rate', title: 'Error rate' },
  { check: 'performance', title: 'Performance' },
  { check: 'security', title: 'Security' },
];

export const COMPLIANCE_ROW: RowSpec = {
  title: 'Constitutional compliance',
  height: 5,
  panels: [
    ...CHECKS.map(({ check, title }) => ({
      title,
      description: `1 while the rule "${check}" holds on every pod, 0 as soon as one pod breaks it.`,
      kind: 'stat' as const,
      unit: 'bool_yes_no' as const,
      width: 3,
      steps: atLeast(1),
      queries: [
        {
          expr: `min by (color) (${own('bvar_compliance_status', `check="${check}"`)})`,
          legend: '{{color}}',
        },
      ],
    })),
    {
      title: 'Violations and audit',
      description:
        'Rules that became broken, audit entries written and lost, and credentials refused, a second.',
      unit: 'reqps',
      width: 6,
      queries: [
        { expr: rate('bvar_compliance_violations_total', 'check'), legend: 'violation {{check}}' },
        { expr: rate('bvar_audit_events_total', 'action'), legend: 'audit {{action}}' },
        { expr: rate('bvar_audit_lost_total', 'kind'), legend: 'audit lost {{kind}}' },
        { expr: rate('bvar_auth_failures_total', 'reason'), legend: 'refused {{reason}}' },
      ],
    },
  ],
};

export const SLO_ROW: RowSpec = {
  title: 'Service level objectives',
  height: 8,
  panels: [
    {
      title: 'Error budget left, 30 days',
      description:
        'Share of the budget not yet spent, for each of the twelve indicators. Below 0 the promise is broken.',
      kind: 'gauge',
      unit: 'percentunit',
      width: 12,
      min: -1,
      max: 1,
      steps: [
        { color: 'red', value: null },
        { color: 'yellow', value: 0 },
        { color: 'green', value: 0.25 },
      ],
      queries: [{ expr: 'max by (slo) (slo:error_budget_remaining:ratio)', legend: '{{slo}}' }],
    },
    {
      title: 'Burn rate, 1 hour',
      description: 'How many times faster than allowed the budget is being spent. 14.4 wakes somebody.',
      unit: 'short',
      width: 12,
      steps: below(14.4),
      queries: [
        {
          expr: 'max by (slo) (slo:sli_error:ratio_rate1h) / on (slo) (1 - max by (slo) (slo:objective:ratio))',
          legend: '{{slo}}',
        },
      ],
    },
  ],
};
