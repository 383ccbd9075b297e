/**
 * A real Prometheus and a real Alertmanager with the project's own rules, relabelling and routes; only addresses and
 * waiting times are changed, so that a test does not last an hour.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { DEPLOY, documentsOf, type Json } from '../support/manifests.ts';
import { searchPath } from '../support/outside-tool.ts';
import { freePort, stopped, until } from './process.ts';

export interface Monitoring extends AsyncDisposable {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  stopPrometheus(): Promise<void>;
  startPrometheus(): Promise<void>;
}

const observability = join(DEPLOY, 'observability');
const relabelling: Json = documentsOf(join(observability, 'prometheus-scrape.yaml'))[0].scrape_configs.find(
  (job: Json) => job.job_name === 'gateway',
).metric_relabel_configs;

/** The rules as they ship, except that they wait a second where they wait minutes. */
function impatientRules(dir: string): string[] {
  return ['prometheus-recording-rules.yaml', 'prometheus-alerts.yaml'].map((name) => {
    const path = join(dir, name);
    const text = readFileSync(join(observability, name), 'utf8');
    writeFileSync(path, text.replaceAll(/^( +)for: \w+$/gm, '$1for: 1s'));
    return path;
  });
}

function prometheusConfig(dir: string, gateway: string, alertmanager: string): string {
  return stringify({
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '2s' },
    rule_files: impatientRules(dir),
    alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: [
      {
        job_name: 'bayesian-var',
        file_sd_configs: [{ files: [join(dir, 'targets.json')], refresh_interval: '1s' }],
      },
      {
        job_name: 'gateway',
        static_configs: [{ targets: [gateway] }],
        metric_relabel_configs: relabelling,
      },
    ],
  });
}

/** The routes as they ship, sent to the fake receivers. */
function alertmanagerConfig(dir: string, receivers: string): string {
  const config: Json = parse(readFileSync(join(observability, 'alertmanager.yaml'), 'utf8'));
  config.global.pagerduty_url = `${receivers}/v2/enqueue`;
  const secrets = join(dir, 'secrets');
  mkdirSync(secrets, { recursive: true });
  writeFileSync(join(secrets, 'slack-webhook-url'), `${receivers}/slack`);
  writeFileSync(join(secrets, 'pagerduty-routing-key'), 'on-call-key');
  writeFileSync(join(secrets, 'pagerduty-executive-routing-key'), 'executive-key');
  const text = stringify(config)
    .replaceAll('/etc/alertmanager/secrets', secrets)
    .replaceAll(/group_wait: \w+/g, 'group_wait: 1s')
    .replaceAll(/group_interval: \w+/g, 'group_interval: 1s')
    .replace(/https:\/\/heartbeat\S+/, `${receivers}/heartbeat`);
  return text;
}

export async function startMonitoring(dir: string, gateway: string, receivers: string): Promise<Monitoring> {
  const [port, alertPort] = [await freePort(), await freePort()];
  const prometheusUrl = `http://127.0.0.1:${port}`;
  const alertmanagerUrl = `http://127.0.0.1:${alertPort}`;
  writeFileSync(join(dir, 'prometheus.yml'), prometheusConfig(dir, gateway, `127.0.0.1:${alertPort}`));
  writeFileSync(join(dir, 'alertmanager.yml'), alertmanagerConfig(dir, receivers));
  const launch = (command: string, args: string[]): ChildProcess =>
    spawn(command, args, { stdio: 'ignore', env: { ...process.env, PATH: searchPath() } });

  const alertmanager = launch('prometheus-alertmanager', [
    `--config.file=${join(dir, 'alertmanager.yml')}`,
    `--storage.path=${join(dir, 'alertmanager')}`,
    `--web.listen-address=127.0.0.1:${alertPort}`,
    '--cluster.listen-address=',
  ]);
  let prometheus: ChildProcess;
  const startPrometheus = async (): Promise<void> => {
    prometheus = launch('prometheus', [
      `--config.file=${join(dir, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(dir, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // An alert that fired before the Alertmanager was found is sent again soon.
      '--rules.alert.resend-delay=2s',
    ]);
    await until('prometheus', async () => (await fetch(`${prometheusUrl}/-/ready`)).ok);
  };
  await startPrometheus();
  await until('alertmanager', async () => (await fetch(`${alertmanagerUrl}/-/ready`)).ok);
  return {
    prometheusUrl,
    alertmanagerUrl,
    startPrometheus,
    stopPrometheus: () => stopped(prometheus),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([stopped(prometheus), stopped(alertmanager)]);
    },
  };
}
