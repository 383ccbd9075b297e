/**
 * Typed builders of Grafana panels: the few kinds this dashboard uses, every field that its lint rules demand.
 *
 * Flow: rows -> here -> dashboard.ts -> grafana-dashboard.json. Units: Grafana unit ids (s, percentunit, reqps ...).
 */

export type Unit = 's' | 'percentunit' | 'reqps' | 'short' | 'none' | 'bytes' | 'dtdurations' | 'bool_yes_no';

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface Step {
  readonly color: string;
  /** null is "from minus infinity". */
  readonly value: number | null;
}

export interface PanelSpec {
  readonly title: string;
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  readonly kind?: 'timeseries' | 'stat' | 'table' | 'gauge';
  readonly width?: number;
  readonly min?: number;
  readonly max?: number;
  readonly steps?: readonly Step[];
}

export interface RowSpec {
  readonly title: string;
  readonly height: number;
  readonly panels: readonly PanelSpec[];
}

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

/** Matchers that every selector of the service's own metrics carries, so that the pickers above work. */
export function own(metric: string, matchers = ''): string {
  const more = matchers === '' ? '' : `, ${matchers}`;
  return `${metric}{job=~"$job", instance=~"$instance"${more}}`;
}

export function rate(metric: string, by: string, matchers = ''): string {
  return `sum by (${by}) (rate(${own(metric, matchers)}[$__rate_interval]))`;
}

export function quantile(q: number, histogram: string, by: string): string {
  return `histogram_quantile(${q}, sum by (le, ${by}) (rate(${own(`${histogram}_bucket`)}[$__rate_interval])))`;
}

/** Green from the first step on, red before it: for shares that must be high. */
export function atLeast(limit: number): Step[] {
  return [
    { color: 'red', value: null },
    { color: 'green', value: limit },
  ];
}

/** Green until the limit, red from there: for times and failures that must be low. */
export function below(limit: number): Step[] {
  return [
    { color: 'green', value: null },
    { color: 'red', value: limit },
  ];
}

export function panel(spec: PanelSpec, id: number, place: { x: number; y: number; w: number; h: number }) {
  const kind = spec.kind ?? 'timeseries';
  return {
    id,
    type: kind,
    title: spec.title,
    description: spec.description,
    datasource: DATASOURCE,
    gridPos: place,
    fieldConfig: {
      defaults: {
        unit: spec.unit,
        ...(spec.min === undefined ? {} : { min: spec.min }),
        ...(spec.max === undefined ? {} : { max: spec.max }),
        ...(kind === 'timeseries' ? { custom: { lineWidth: 1, fillOpacity: 10, showPoints: 'never' } } : {}),
        thresholds: { mode: 'absolute', steps: spec.steps ?? [{ color: 'green', value: null }] },
      },
      overrides: [],
    },
    options: optionsOf(kind),
    targets: spec.queries.map((query, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr: query.expr,
      legendFormat: query.legend,
      ...(kind === 'timeseries' ? { range: true } : { instant: true, range: false }),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  };
}

function optionsOf(kind: string): Record<string, unknown> {
  if (kind === 'timeseries')
    return { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } };
  if (kind === 'table') return { showHeader: true };
  return { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, colorMode: 'background' };
}
