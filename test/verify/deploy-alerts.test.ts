/** Every alert fires when it must, is silent when it must, and recovers: judged by Prometheus' own promtool. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { indicatorScenarios, type Scenario } from '../deploy/support/alert-scenarios.ts';
import { DEPLOY, type Json } from '../deploy/support/manifests.ts';
import { operationalScenarios, TOLD } from '../deploy/support/operational-scenarios.ts';
import { haveTools, run } from '../deploy/support/outside-tool.ts';
import { tempDir } from '../support/temp-dir.ts';

const files = ['prometheus-recording-rules.yaml', 'prometheus-alerts.yaml'].map((name) =>
  join(DEPLOY, 'observability', name),
);
const groups: Json[] = files.flatMap((file) => parse(readFileSync(file, 'utf8')).groups);
const alerts: string[] = groups.flatMap((g) => g.rules).flatMap((rule: Json) => rule.alert ?? []);

function unitTest(scenarios: readonly Scenario[], rules: string, names: readonly string[]): string {
  return stringify(
    {
      rule_files: [rules],
      evaluation_interval: scenarios[0]?.interval,
      group_eval_order: names,
      tests: scenarios.map((scenario) => ({
        name: scenario.name,
        interval: scenario.interval,
        input_series: scenario.input,
        promql_expr_test: scenario.expect.map(({ alert, at, firing }) => ({
          expr: `count(ALERTS{alertname="${alert}",alertstate="firing"})`,
          eval_time: at,
          exp_samples: firing ? [{ labels: '{}', value: 1 }] : [],
        })),
      })),
    },
    { aliasDuplicateObjects: false },
  );
}

/** One run over stories that need the same groups; returns what promtool said against them. */
function contradictions(scenarios: readonly Scenario[]): string {
  using dir = tempDir('alerts');
  const names = scenarios[0]?.groups as readonly string[];
  const rules = join(dir.path, 'rules.yaml');
  const path = join(dir.path, 'rules.test.yaml');
  writeFileSync(rules, stringify({ groups: groups.filter((group) => names.includes(group.name)) }));
  writeFileSync(path, unitTest(scenarios, rules, names));
  const { code, output } = run('promtool', ['test', 'rules', path]);
  return code === 0 ? '' : output;
}

function byGroups(scenarios: readonly Scenario[]): [string, Scenario[]][] {
  return Object.entries(Object.groupBy(scenarios, (s) => `${s.groups.join(', ')} by the ${s.interval}`)) as [
    string,
    Scenario[],
  ][];
}

const indicators = indicatorScenarios();
const operational = operationalScenarios();

describe.skipIf(!haveTools('promtool'))('alerts', () => {
  it.each(byGroups(indicators))('tell the stories of %s', (_, scenarios) => {
    expect(contradictions(scenarios)).toBe('');
  });

  it.each(byGroups(operational))('fire, stay silent and recover: %s', (_, scenarios) => {
    expect(contradictions(scenarios)).toBe('');
  });

  it('all have a story', () => {
    const told = new Set([...TOLD, ...indicators.flatMap((s) => s.expect.map((e) => e.alert))]);
    expect(alerts.filter((alert) => !told.has(alert) && alert !== 'Watchdog')).toEqual([]);
  });

  it('are judged by a tool that can say no', () => {
    const lie: Scenario = {
      ...(operational[0] as Scenario),
      expect: [{ alert: 'VarErrorRateHigh', at: '76m', firing: false }],
    };
    expect(contradictions([lie])).toContain('FAILED');
  });

  it('the watchdog always fires', () => {
    const watchdog: Scenario = {
      name: 'watchdog',
      groups: ['telemetry'],
      interval: '1m',
      input: [],
      expect: [{ alert: 'Watchdog', at: '1m', firing: true }],
    };
    expect(contradictions([watchdog])).toBe('');
  });
});
