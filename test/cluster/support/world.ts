/**
 * Everything around the cluster that a deployment needs: market, database, sandboxes, monitoring, callers, images, and
 * the project's scripts run with the deployer's token alone.
 *
 * Flow: tests -> script() -> deploy/scripts/*.sh -> kubectl as the deployer -> API server -> pod runner, HAProxy.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Gateway, startGateway } from '../../deploy/harness/gateway.ts';
import type { Outcome } from '../../deploy/harness/harness.ts';
import { type Monitoring, startMonitoring } from '../../deploy/harness/monitoring.ts';
import { startReceivers } from '../../deploy/harness/receivers.ts';
import { DEPLOY, documentsOf, type Json, named } from '../../deploy/support/manifests.ts';
import { type ContainerEngine, openContainerEngine } from '../../support/container-engine.ts';
import { type E2bDouble, startE2bDouble } from '../../support/e2b-double.ts';
import { startPostgres } from '../../support/postgres-server.ts';
import { IMAGE } from './build-image.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { EXCHANGE_KEY, type Market, startMarket } from './market.ts';
import { type PodRunner, startPodRunner } from './pod-runner.ts';
import { followRoute } from './route-follower.ts';
import { SETTINGS } from './settings.ts';

export const TOKEN = 'harness-token-0123456789';

export interface World extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly gateway: Gateway;
  readonly monitoring: Monitoring;
  readonly runner: PodRunner;
  readonly deployer: string;
  market(): Promise<Market>;
  /** The manifest as it ships, with the test's addresses and sizes. */
  manifest(market: Market): string;
  /** A new image by digest. */
  image(): Promise<string>;
  script(name: string, args: readonly string[], env: Record<string, string>): Promise<Outcome>;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function newest(dir: string): Json {
  const reports = readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')));
  return reports.sort((a, b) => a.endedMs - b.endedMs).at(-1) ?? null;
}

function writeManifest(path: string, market: Market, sandboxes: E2bDouble, authority: string): string {
  const documents = documentsOf(join(DEPLOY, 'kubernetes/bayesian-var-deployment.yaml'));
  for (const body of documents) {
    if (body.kind === 'HorizontalPodAutoscaler') Object.assign(body.spec, { minReplicas: 2, maxReplicas: 3 });
    if (body.metadata.name === 'bayesian-var-ca') body.data['ca.crt'] = authority;
    if (body.metadata.name !== 'bayesian-var-config') continue;
    delete body.data.OTEL_EXPORTER_OTLP_ENDPOINT;
    Object.assign(body.data, {
      BINANCE_WS_URL: market.streams,
      BINANCE_REST_URL: market.rest,
      BINANCE_ACCOUNT_URL: market.account,
      E2B_API_URL: sandboxes.url,
      E2B_SANDBOX_URL: sandboxes.url,
      SYMBOLS: 'BTCUSDT,ETHUSDT',
      PARTICLES: '96',
      WORKER_THREADS: '1',
      LOG_LEVEL: 'warn',
    });
  }
  writeFileSync(
    path,
    documents.map((body) => stringify(body, { aliasDuplicateObjects: false })).join('---\n'),
  );
  return path;
}

/** The templates of secrets.yaml, filled in. */
function filledSecrets(databaseUrl: string, sandboxes: E2bDouble, cert: string, key: string): Json[] {
  const credentials = structuredClone(named('Secret', 'bayesian-var-secrets-v1'));
  Object.assign(credentials.data, {
    DATABASE_URL: base64(databaseUrl),
    E2B_API_TOKEN: base64(sandboxes.apiKey),
    BINANCE_API_KEY: base64(EXCHANGE_KEY.apiKey),
    BINANCE_SECRET_KEY: base64(EXCHANGE_KEY.secret),
    ENCRYPTION_KEYS: base64(`k1:${Buffer.alloc(32, 7).toString('base64')}`),
    AUTH_TOKENS: base64(`harness:read+write+admin+audit:${TOKEN}`),
  });
  const pair = { 'tls.crt': base64(cert), 'tls.key': base64(key) };
  return [
    credentials,
    ...['bayesian-var-pod-tls', 'bayesian-var-gateway-tls'].map((name) => ({
      ...structuredClone(named('Secret', name)),
      data: pair,
    })),
  ];
}

function images(engine: ContainerEngine, dir: string): () => Promise<string> {
  let count = 0;
  return async () => {
    count += 1;
    const tag = `localhost/bayesian-var:cluster-${count}`;
    const context = join(dir, tag.replaceAll(/\W/g, '-'));
    mkdirSync(context);
    writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nENV VERSION=cluster-${count}\n`);
    await engine.podman('build', '--pull=never', '--format', 'docker', '--tag', tag, context);
    return `localhost/bayesian-var@${await engine.podman('image', 'inspect', tag, '--format', '{{.Digest}}')}`;
  };
}

export async function startWorld(dir: string): Promise<World> {
  const stack = new AsyncDisposableStack();
  const engine = openContainerEngine();
  stack.defer(() => engine.close());
  const image = images(engine, dir);
  const plane = stack.use(await startControlPlane(dir));
  const { certificates } = plane;
  const read = (path: string): string => readFileSync(path, 'utf8');
  const postgres = await startPostgres({ cert: certificates.cert, key: certificates.key });
  stack.defer(() => postgres.close());
  const sandboxes = await startE2bDouble();
  stack.defer(() => sandboxes.close());

  const admin = async (args: readonly string[], stdin?: string): Promise<string> => {
    const { code, out, err } = await plane.kubectl(args, stdin);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${err}`);
    return out;
  };
  await admin(['apply', '--filename', join(import.meta.dirname, 'gateway-api-crds.yaml')]);
  await admin(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s']);
  await admin(['create', 'namespace', 'production']);
  const secrets = filledSecrets(
    await postgres.database(),
    sandboxes,
    read(certificates.cert),
    read(certificates.key),
  );
  for (const secret of secrets) await admin(['apply', '--filename', '-'], JSON.stringify(secret));
  await admin(['apply', '--filename', join(DEPLOY, 'kubernetes/access.yaml')]);
  const token = await admin([
    'create',
    'token',
    'bayesian-var-deployer',
    '--namespace',
    'production',
    '--duration=2h',
  ]);
  const deployer = plane.kubeconfig('deployer', token.trim());

  const runner = stack.use(await startPodRunner(plane.api, engine, dir));
  const gateway = stack.use(await startGateway(dir, certificates.ca));
  stack.use(followRoute(plane.api, gateway));
  const receivers = stack.use(await startReceivers());
  let targets = '[]';
  writeFileSync(join(dir, 'targets.json'), targets);
  const timer = setInterval(() => {
    const now = JSON.stringify(
      runner.pods().map(({ ip, color, name }) => ({ targets: [`${ip}:9090`], labels: { color, pod: name } })),
    );
    if (now !== targets) writeFileSync(join(dir, 'targets.json'), now);
    targets = now;
  }, 300);
  stack.defer(() => clearInterval(timer));
  const monitoring = stack.use(await startMonitoring(dir, gateway.metricsTarget, receivers.url));

  const reportDir = join(dir, 'reports');
  mkdirSync(reportDir);
  let manifests = 0;
  return {
    plane,
    gateway,
    monitoring,
    runner,
    deployer,
    image,
    market: async () => stack.use(await startMarket(certificates)),
    manifest: (market) => {
      manifests += 1;
      return writeManifest(join(dir, `manifest-${manifests}.yaml`), market, sandboxes, read(certificates.ca));
    },
    script: async (name, args, env) => {
      const began = performance.now();
      const child = spawn('bash', [join(DEPLOY, 'scripts', name), ...args], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          HOME: dir,
          ...SETTINGS,
          KUBECTL: plane.kubectlPath,
          KUBECONFIG: deployer,
          PROM_URL: monitoring.prometheusUrl,
          BASE_URL: gateway.url,
          VALIDATION_TOKEN: TOKEN,
          LOG_DIR: dir,
          REPORT_DIR: reportDir,
          LOCK_DIR: dir,
          SLACK_WEBHOOK_URL: `${receivers.url}/slack`,
          PAGERDUTY_URL: receivers.url,
          ...env,
        },
      });
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
