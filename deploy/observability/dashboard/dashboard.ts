/**
 * The production dashboard: the four views of the operations guide as rows of one page.
 *
 * Flow: rows -> here -> generate -> grafana-dashboard.json. Shapes: a 24-column grid, rows from top to bottom.
 */
import { COMPLIANCE_ROW, SLO_ROW } from './compliance-rows.ts';
import { panel, type RowSpec } from './panel.ts';
import { ALERT_ROW, HEALTH_ROW, SATURATION_ROW } from './performance-rows.ts';
import { CALCULATION_ROW, FEED_ROW, PRODUCTION_ROW } from './production-rows.ts';
import { MODEL_ROW, SANDBOX_ROW } from './training-rows.ts';

const ROWS: readonly RowSpec[] = [
  COMPLIANCE_ROW,
  SLO_ROW,
  PRODUCTION_ROW,
  CALCULATION_ROW,
  FEED_ROW,
  SANDBOX_ROW,
  MODEL_ROW,
  HEALTH_ROW,
  SATURATION_ROW,
  ALERT_ROW,
];

const COLUMNS = 24;

function panels(): unknown[] {
  const out: unknown[] = [];
  let id = 1;
  let y = 0;
  for (const row of ROWS) {
    out.push({
      id: id++,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const spec of row.panels) {
      const w = spec.width ?? COLUMNS / row.panels.length;
      if (x + w > COLUMNS) throw new Error(`row "${row.title}" is wider than the page`);
      out.push(panel(spec, id++, { x, y, w, h: row.height }));
      x += w;
    }
    y += row.height;
  }
  return out;
}

function picker(name: string, label: string, metric: string) {
  return {
    name,
    label,
    type: 'query',
    datasource: { type: 'prometheus', uid: '${datasource}' },
    query: { query: `label_values(${metric}, ${name})`, refId: name },
    definition: `label_values(${metric}, ${name})`,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { text: 'All', value: '$__all' },
  };
}

export function dashboard() {
  return {
    uid: 'bayesian-var',
    title: 'Bayesian VaR: production',
    description:
      'Constitutional compliance, service levels, traffic, training and performance of the service.',
    tags: ['bayesian-var', 'slo', 'compliance'],
    schemaVersion: 39,
    version: 1,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'utc',
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          current: { text: 'default', value: 'default' },
        },
        picker('job', 'Job', 'bvar_build_info'),
        picker('instance', 'Instance', 'bvar_build_info{job=~"$job"}'),
      ],
    },
    annotations: {
      list: [
        {
          name: 'Deployments',
          datasource: { type: 'prometheus', uid: '${datasource}' },
          enable: true,
          iconColor: 'blue',
          expr: 'changes((count by (color, version) (bvar_build_info))[2m:30s]) > 0',
          titleFormat: 'pods of {{color}} {{version}} changed',
        },
      ],
    },
    panels: panels(),
  };
}
