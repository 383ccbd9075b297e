import { describe, expect, it } from 'vitest';
import { dashboard } from '../../deploy/observability/dashboard/dashboard.ts';
import type { Json } from './support/manifests.ts';
import { metricNames, selectors, syntaxFaults } from './support/promql.ts';

const board: Json = dashboard();
const panels: Json[] = board.panels.filter((panel: Json) => panel.type !== 'row');
const targets: { title: string; expr: string }[] = panels.flatMap((panel) =>
  panel.targets.map((target: Json) => ({ title: panel.title, expr: target.expr })),
);
const variables: Json[] = board.templating.list;

/** Counters end so by convention; histograms' parts are counters too. */
const isCounter = (name: string): boolean => /_(total|bucket|count|sum)$/.test(name);
/** Recorded series and ALERTS are already free of job and instance. */
const isDerived = (name: string): boolean => name.includes(':') || name === 'ALERTS';

describe('the dashboard', () => {
  it('lets the reader choose the data source', () => {
    expect(variables[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
  });

  it('lets the reader choose job and instance, several or all', () => {
    for (const name of ['job', 'instance']) {
      const variable = variables.find((v) => v.name === name);
      expect(variable).toMatchObject({ multi: true, includeAll: true, allValue: '.+' });
      expect(variable.definition).toBe(variable.query.query);
    }
  });

  it('looks variables up again when the time range moves', () => {
    for (const variable of variables.filter((v) => v.type === 'query')) expect(variable.refresh).toBe(2);
  });

  it('takes every panel and query from the chosen data source', () => {
    for (const panel of panels)
      for (const owner of [panel, ...panel.targets])
        expect(owner.datasource).toEqual({ type: 'prometheus', uid: '${datasource}' });
  });

  it('gives every panel a title and a description', () => {
    for (const panel of panels) {
      expect(panel.title.length).toBeGreaterThan(3);
      expect(panel.description.length, panel.title).toBeGreaterThan(20);
    }
  });

  it('gives every panel a unit and at least one query', () => {
    for (const panel of panels) {
      expect(panel.fieldConfig.defaults.unit, panel.title).toBeDefined();
      expect(panel.targets.length, panel.title).toBeGreaterThan(0);
    }
  });

  it.each(targets.map((t) => [t.title, t.expr]))('%s: %s is PromQL', (_, expr) => {
    expect(syntaxFaults(expr)).toEqual([]);
  });

  it('rates over the interval of the page, never a fixed one', () => {
    for (const { expr } of targets)
      for (const [, window] of expr.matchAll(/rate\([^[]*\[([^\]]+)\]/g))
        expect(window).toBe('$__rate_interval');
  });

  it('matches job and instance in every selector', () => {
    for (const { expr } of targets)
      for (const selector of selectors(expr)) {
        if (isDerived(selector.split('{')[0] as string)) continue;
        expect(selector).toMatch(/job=/);
        expect(selector).toMatch(/instance=/);
      }
  });

  it('never shows a bare counter', () => {
    for (const { expr } of targets)
      for (const name of metricNames(expr).filter(isCounter))
        expect(expr).toMatch(new RegExp(`rate\\(${name}`));
  });

  it('has unique ids and no overlapping panels, inside 24 columns', () => {
    const ids = board.panels.map((panel: Json) => panel.id);
    expect(ids).toEqual([...new Set(ids)]);
    const cells = new Set<string>();
    for (const { gridPos: place, title } of board.panels) {
      expect(place.x + place.w).toBeLessThanOrEqual(24);
      for (let x = place.x; x < place.x + place.w; x++)
        for (let y = place.y; y < place.y + place.h; y++) {
          expect(cells.has(`${x},${y}`), `${title} overlaps`).toBe(false);
          cells.add(`${x},${y}`);
        }
    }
  });

  it('holds the four views of the operations guide', () => {
    const rows: string[] = board.panels.filter((p: Json) => p.type === 'row').map((p: Json) => p.title);
    for (const view of [/^Production/, /^Constitutional compliance$/, /^E2B sandbox status$/, /^Performance/])
      expect(rows.some((row) => view.test(row))).toBe(true);
  });
});
