import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generated } from '../../deploy/observability/generate.ts';
import { BURNS, SLIS, threshold } from '../../deploy/observability/slo-table.ts';
import { DEPLOY, type Json } from './support/manifests.ts';
import { syntaxFaults } from './support/promql.ts';

const read = (name: string): string => readFileSync(join(DEPLOY, 'observability', name), 'utf8');
const alerts: Json[] = parse(read('prometheus-alerts.yaml')).groups.flatMap((group: Json) => group.rules);
const records: Json[] = parse(read('prometheus-recording-rules.yaml')).groups.flatMap((g: Json) => g.rules);
const alert = (name: string): Json => alerts.find((rule) => rule.alert === name);

describe('generated files', () => {
  it.each(Object.entries(generated()))('%s is what its source says', (name, text) => {
    expect(read(name)).toBe(text);
  });
});

describe('every alert', () => {
  it.each(alerts.map((rule) => [rule.alert, rule]))('%s says what, how bad, and what to do', (_, rule) => {
    expect(['critical', 'warning', 'none']).toContain(rule.labels.severity);
    expect(rule.labels.service).toBe('bayesian-var');
    expect(rule.annotations.summary.length).toBeGreaterThan(10);
    expect(rule.annotations.description.length).toBeGreaterThan(10);
    expect(rule.annotations.dashboard_url).toBeDefined();
    expect(syntaxFaults(rule.expr)).toEqual([]);
  });

  it.each(alerts.map((rule) => [rule.alert, rule.annotations.runbook_url as string]))(
    '%s links to a section that exists and says how to check and how to act',
    (_, url) => {
      const [, file, anchor] = /\/([a-z0-9-]+\.md)#([a-z0-9-]+)$/.exec(url) ?? [];
      const path = join(DEPLOY, 'runbooks', file as string);
      expect(existsSync(path), `${path} exists`).toBe(true);
      const section = readFileSync(path, 'utf8')
        .split(/^## /m)
        .find((part) => part.split('\n')[0]?.trim().toLowerCase() === anchor);
      expect(section, `${file} has the section ${anchor}`).toBeDefined();
      for (const heading of ['**Means**', '**Check**', '**Act**']) expect(section).toContain(heading);
    },
  );

  it('has a name of its own', () => {
    const names = alerts.map((rule) => rule.alert);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('the twelve indicators', () => {
  it('are the rows and columns of the SLO table', () => {
    expect(SLIS.map((sli) => [sli.id, sli.promise, sli.objective])).toEqual([
      ['var-availability', 'availability 99.99 %', 0.9999],
      ['var-latency', 'P99 < 1 s', 0.99],
      ['var-errors', 'error rate < 1 %', 0.99],
      ['feed-availability', 'availability 99.95 %', 0.9995],
      ['feed-latency', 'P95 < 100 ms', 0.95],
      ['feed-errors', 'error rate < 0.1 %', 0.999],
      ['e2b-availability', 'availability 99.9 %', 0.999],
      ['e2b-latency', 'P95 < 30 s', 0.95],
      ['e2b-errors', 'error rate < 5 %', 0.95],
      ['health-availability', 'availability 99.99 %', 0.9999],
      ['health-latency', 'P95 < 500 ms', 0.95],
      ['health-errors', 'error rate < 0.01 %', 0.9999],
    ]);
  });

  it('page at 14.4 and 6 times the budget and make tickets at 3 and 1', () => {
    const limits = (id: string): number[] => {
      const sli = SLIS.find((row) => row.id === id);
      return BURNS.map((burn) => threshold(sli as (typeof SLIS)[number], burn.factor));
    };
    expect(limits('var-availability')).toEqual([0.00144, 0.0006, 0.0003, 0.0001]);
    expect(limits('var-latency')).toEqual([0.144, 0.06, 0.03, 0.01]);
    expect(limits('feed-availability')).toEqual([0.0072, 0.003, 0.0015, 0.0005]);
    expect(limits('feed-errors')).toEqual([0.0144, 0.006, 0.003, 0.001]);
    expect(limits('e2b-latency')).toEqual([0.72, 0.3, 0.15, 0.05]);
  });

  it('have four burn alerts and one for absence each', () => {
    for (const sli of SLIS)
      expect(alerts.filter((a) => a.alert.startsWith('SLO') && a.labels.slo === sli.id)).toHaveLength(5);
  });

  it('are recorded over every window, and leave no sample without traffic', () => {
    for (const sli of SLIS) {
      const ratios = records.filter((r) => r.labels?.slo === sli.id && /ratio_rate\d+[mhd]$/.test(r.record));
      expect(ratios.map((r) => r.record.replace('slo:sli_error:ratio_rate', ''))).toEqual([
        '5m',
        '30m',
        '1h',
        '2h',
        '6h',
        '1d',
        '3d',
        '30d',
      ]);
      for (const rule of ratios.filter((r) => !r.record.endsWith('30d')))
        expect(rule.expr).toMatch(/ > 0\)$/);
    }
  });

  it('parse as PromQL', () => {
    for (const rule of records) expect(syntaxFaults(rule.expr), rule.record).toEqual([]);
  });
});

describe('the key thresholds', () => {
  it.each([
    ['VarErrorRateHigh', /> 0\.01$/, 'critical'],
    ['VarLatencyP99High', /0\.99.*> 1$/, 'warning'],
    ['ModelAccuracyLow', /< 0\.95$/, 'warning'],
    ['BinanceDisconnected', /== 0$/, 'critical'],
    ['E2BQuorumLost', /< 2 \/ 3$/, 'critical'],
    ['Availability30dBreached', /> 0\.0001$/, 'critical'],
    ['ComplianceViolation', /== 0$/, 'critical'],
  ])('%s is what the guide promises', (name, limit, severity) => {
    expect(alert(name).expr).toMatch(limit);
    expect(alert(name).labels.severity).toBe(severity);
  });

  it('escalate constitutional violations to executives', () => {
    const constitutional = alerts.filter((rule) => rule.labels.constitutional === 'true');
    expect(constitutional.map((rule) => rule.alert)).toEqual([
      'ComplianceViolation',
      'Availability30dBreached',
    ]);
  });

  it('ask for retraining when accuracy falls', () => {
    expect(alert('ModelAccuracyLow').labels.action).toBe('retrain');
  });

  it('call health failing after the two minutes that also roll a deployment back', () => {
    expect(alert('HealthFailing').for).toBe('2m');
  });
});
