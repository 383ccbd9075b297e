/** The linters and checkers that operators use, over every file that they would load. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { DEPLOY, type Json } from '../deploy/support/manifests.ts';
import { haveTools, run } from '../deploy/support/outside-tool.ts';

const observability = join(DEPLOY, 'observability');
const ALERTMANAGER = join(observability, 'alertmanager.yaml');

describe.skipIf(!haveTools('promtool', 'amtool', 'yamllint', 'shellcheck'))('tools of the trade', () => {
  it('yamllint finds nothing in any manifest or rule file', () => {
    expect(run('yamllint', ['--strict', '-c', join(DEPLOY, '.yamllint.yaml'), DEPLOY])).toEqual({
      code: 0,
      output: '',
    });
  });

  it('shellcheck finds nothing in any script, down to style', () => {
    const scripts = join(DEPLOY, 'scripts');
    const entries = readdirSync(scripts).filter((name) => name.endsWith('.sh'));
    expect(entries.length).toBeGreaterThan(4);
    // Libraries are judged once, where run.sh brings them together.
    for (const args of [['--check-sourced', 'lib/run.sh'], entries])
      expect(run('shellcheck', ['--external-sources', '--severity=style', ...args], scripts)).toEqual({
        code: 0,
        output: '',
      });
  });

  it('promtool accepts alerts and recording rules without a lint', () => {
    for (const name of ['prometheus-alerts.yaml', 'prometheus-recording-rules.yaml']) {
      const result = run('promtool', [
        'check',
        'rules',
        '--lint=all',
        '--lint-fatal',
        join(observability, name),
      ]);
      expect(result.code, result.output).toBe(0);
    }
  });

  it('promtool accepts every query of the dashboard', () => {
    const board: Json = JSON.parse(readFileSync(join(observability, 'grafana-dashboard.json'), 'utf8'));
    const rules = board.panels.flatMap((panel: Json) =>
      (panel.targets ?? []).map((target: Json, index: number) => ({
        record: `panel:${panel.id}:${index}`,
        expr: target.expr.replaceAll('$__rate_interval', '5m').replace(/\$\w+/g, 'x'),
      })),
    );
    const checked = run('bash', [
      '-c',
      'promtool check rules <(printf %s "$1")',
      'bash',
      JSON.stringify({ groups: [{ name: 'dashboard', rules }] }),
    ]);
    expect(checked.code, checked.output).toBe(0);
    expect(checked.output).toContain(`${rules.length} rules found`);
  });

  it('amtool accepts the routes', () => {
    const result = run('amtool', ['check-config', ALERTMANAGER]);
    expect(result.code, result.output).toBe(0);
  });

  it.each([
    ['a page', ['severity=critical', 'slo=var-latency'], 'on-call,slack-critical'],
    ['a ticket', ['severity=warning', 'slo=var-latency'], 'slack-alerts'],
    [
      'a constitutional violation',
      ['severity=critical', 'constitutional=true'],
      'executives,on-call,slack-critical',
    ],
    ['the watchdog', ['alertname=Watchdog', 'severity=none'], 'dead-mans-switch'],
    ['an alert without a known severity', ['alertname=Other'], 'slack-alerts'],
  ])('alertmanager sends %s to the right people', (_, labels, receivers) => {
    const result = run('amtool', ['config', 'routes', 'test', '--config.file', ALERTMANAGER, ...labels]);
    expect(result.output.trim()).toBe(receivers);
  });

  it('the deployment tests cover every receiver', () => {
    const config: Json = parse(readFileSync(ALERTMANAGER, 'utf8'));
    expect(config.receivers.map((receiver: Json) => receiver.name).sort()).toEqual([
      'dead-mans-switch',
      'executives',
      'on-call',
      'slack-alerts',
      'slack-critical',
    ]);
  });
});
