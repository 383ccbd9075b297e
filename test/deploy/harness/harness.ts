/**
 * Everything that a deployment needs, on loopback: two colours as processes behind a real HAProxy, real Prometheus and
 * Alertmanager, fake Slack and PagerDuty, callers, and the project's own scripts run by bash.
 *
 * Flow: tests -> deploy() -> deploy/scripts/*.sh -> kubectl shim -> cluster; reports come back as JSON.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { tempDir } from '../../support/temp-dir.ts';
import { DEPLOY, type Json } from '../support/manifests.ts';
import { Cluster } from './cluster.ts';
import { startGateway } from './gateway.ts';
import { kubectl } from './kubectl-commands.ts';
import { type Monitoring, startMonitoring } from './monitoring.ts';
import { until } from './process.ts';
import { type Receivers, startReceivers } from './receivers.ts';
import type { Fault } from './stand-in-pod.ts';
import { startTraffic, type Traffic } from './traffic.ts';

export interface Outcome {
  readonly code: number | null;
  readonly log: string;
  readonly report: Json;
  readonly seconds: number;
}

export interface Harness extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly monitoring: Monitoring;
  readonly receivers: Receivers;
  readonly traffic: Traffic;
  readonly reportDir: string;
  /** A new image; its pods have the fault. */
  image(fault?: Fault): string;
  script(name: string, args?: readonly string[], env?: Record<string, string>): Promise<Outcome>;
  spawn(name: string, args: readonly string[], env?: Record<string, string>): ChildProcess;
  query(expression: string): Promise<number | undefined>;
}

/** The guide's minutes as seconds. */
const SETTINGS = {
  STEPS: '10,50,100',
  SOAK_SECONDS: '2',
  WATCH_SECONDS: '3',
  JUDGE_SECONDS: '0.5',
  SETTLE_SECONDS: '8',
  HOLD_SECONDS: '20',
  READY_SECONDS: '40',
  GATE_SECONDS: '15',
  MIN_REPLICAS: '2',
  MAX_REPLICAS: '3',
  MIN_SAMPLES: '20',
  WINDOW: '4',
  HEALTH_FAIL_SECONDS: '3',
  HEALTH_TIMEOUT: '1',
  BLIND_SECONDS: '5',
  LEASE_SECONDS: '30',
  SYNTHETIC_REQUESTS: '4',
  ENVIRONMENT: 'harness',
  VALIDATION_TOKEN: 'harness-token-0123456789',
  PAGERDUTY_API_KEY: 'api-key',
  PAGERDUTY_SERVICE_ID: 'PSERVICE',
};

function newest(dir: string): Json {
  const names = readdirSync(dir).filter((name) => name.endsWith('.json'));
  const reports = names.map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')));
  return reports.sort((a, b) => a.endedMs - b.endedMs).at(-1);
}

export async function startHarness(perSecond = 60): Promise<Harness> {
  const stack = new AsyncDisposableStack();
  const dir = stack.use(tempDir('harness')).path;
  const faults = new Map<string, Fault>();
  const gateway = stack.use(await startGateway(dir));
  const receivers = stack.use(await startReceivers());
  const cluster = stack.use(new Cluster(gateway, dir, (image) => faults.get(image) ?? 'none'));

  const api = createServer(async (request, reply) => {
    let stdin = '';
    for await (const chunk of request) stdin += chunk;
    const argv: string[] = JSON.parse(
      Buffer.from(request.headers['x-arguments'] as string, 'base64').toString(),
    );
    const { code, text } = kubectl(cluster, argv, stdin);
    await cluster.weigh();
    reply.writeHead(code === 0 ? 200 : 422).end(text);
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  stack.defer(() => {
    api.closeAllConnections();
    api.close();
  });

  let images = 0;
  const image = (fault: Fault = 'none'): string => {
    images += 1;
    const name = `registry.example.com/risk/bayesian-var@sha256:${images.toString(16).padStart(64, 'a')}`;
    faults.set(name, fault);
    return name;
  };
  const blue = structuredClone(cluster.get('Deployment', 'bayesian-var-blue'));
  blue.spec.template.spec.containers[0].image = image();
  blue.spec.replicas = 2;
  cluster.put('Deployment', 'bayesian-var-blue', blue);
  cluster.start();
  const monitoring = stack.use(await startMonitoring(dir, gateway.metricsTarget, receivers.url));
  await until('two blue pods', () => cluster.pods.slots().blue.length === 2);
  const traffic = stack.use(startTraffic(gateway.url, perSecond));

  const shim = join(import.meta.dirname, 'kubectl');
  chmodSync(shim, 0o755);
  const reportDir = join(dir, 'reports');
  mkdirSync(reportDir);
  const launch = (name: string, args: readonly string[], env: Record<string, string> = {}): ChildProcess =>
    spawn('bash', [join(DEPLOY, 'scripts', name), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: dir,
        ...SETTINGS,
        KUBECTL: shim,
        KUBE_STAND_IN_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
        PROM_URL: monitoring.prometheusUrl,
        BASE_URL: gateway.url,
        LOG_DIR: dir,
        REPORT_DIR: reportDir,
        LOCK_DIR: dir,
        SLACK_WEBHOOK_URL: `${receivers.url}/slack`,
        PAGERDUTY_URL: receivers.url,
        ...env,
      },
    });

  const query = async (expression: string): Promise<number | undefined> => {
    const answer = await fetch(
      `${monitoring.prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`,
    );
    const value = ((await answer.json()) as Json).data?.result?.[0]?.value?.[1];
    return value === undefined ? undefined : Number(value);
  };
  await until('prometheus to see the live colour and the rules', async () => {
    const seen = await query('count(bvar_build_info{color="blue"})');
    return seen === 2 && (await query('count(ALERTS{alertname="Watchdog"})')) === 1;
  });

  return {
    cluster,
    monitoring,
    receivers,
    traffic,
    reportDir,
    image,
    query,
    spawn: launch,
    script: async (name, args = [], env = {}) => {
      const began = performance.now();
      const child = launch(name, args, env);
      let log = '';
      child.stderr?.setEncoding('utf8').on('data', (text) => {
        log += text;
      });
      const [code] = (await once(child, 'close')) as [number | null];
      return { code, log, report: newest(reportDir), seconds: (performance.now() - began) / 1000 };
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
