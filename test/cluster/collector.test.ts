/**
 * What a real collector says of deploy/observability/opentelemetry-collector.yaml, and what it does with the
 * service's own spans. It is built from collector/, once; that needs Go and takes some ten minutes. Left out of the
 * validation is resourcedetection (see collector/main.go), and of the run what needs a cluster or a trace store.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Json, named } from '../deploy/support/manifests.ts';
import { tempDir } from '../support/temp-dir.ts';
import { until } from '../support/until.ts';
import { makeCertificates } from './support/certificates.ts';

const SOURCE = join(import.meta.dirname, 'collector');
const CACHE = process.env['BVAR_CLUSTER_CACHE'] ?? join(homedir(), '.cache/bayesian-var-cluster');
const PROGRAM = join(CACHE, 'collector-0.161.0/otelcol');
/** The cluster test's network reaches no module proxy: there, prepare.sh has built it or could not. */
const canBuild =
  process.env['BVAR_CLUSTER_PROGRAMS'] === undefined && spawnSync('go', ['version']).status === 0;
const hasProgram = existsSync(PROGRAM) || canBuild;
if (!hasProgram) console.warn('!!! NOT VERIFIED: the collector test needs go');

function build(): void {
  if (existsSync(PROGRAM)) return;
  mkdirSync(join(PROGRAM, '..'), { recursive: true });
  execFileSync('nice', ['go', 'build', '-o', `${PROGRAM}.part`, '.'], { cwd: SOURCE, stdio: 'inherit' });
  renameSync(`${PROGRAM}.part`, PROGRAM);
}

function configWithout(...processors: string[]): Json {
  const config: Json = parse(named('ConfigMap', 'opentelemetry-collector').data['config.yaml']);
  for (const processor of processors) delete config.processors[processor];
  const { traces } = config.service.pipelines;
  traces.processors = traces.processors.filter((one: string) => !processors.includes(one));
  return config;
}

describe.skipIf(!hasProgram)('the collector itself', () => {
  const stack = new DisposableStack();
  const folder = stack.use(tempDir('collector')).path;
  const env = { PATH: process.env['PATH'], POD_IP: '127.0.0.1' };
  let running: ChildProcess | undefined;
  let log = '';

  function written(config: Json): string {
    const file = join(folder, 'config.yaml');
    writeFileSync(file, stringify(config));
    return file;
  }

  const validate = (config: Json) =>
    spawnSync(PROGRAM, ['validate', '--config', written(config)], { env, encoding: 'utf8' });

  beforeAll(build, 1_800_000);
  afterAll(async () => {
    if (running?.exitCode === null) {
      running.kill();
      await once(running, 'exit');
    }
    stack.dispose();
  });

  it('accepts the configuration that is deployed, and refuses it with a name misspelt', () => {
    const { status, stderr } = validate(configWithout('resourcedetection'));
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const misspelt = configWithout('resourcedetection');
    misspelt.processors.tail_sampling.decision_wate = '1s';
    expect(validate(misspelt)).toMatchObject({ status: 1, stderr: expect.stringContaining('decision_wate') });
  });

  it('takes the spans of the service over TLS, keeps the failed one and takes out what names a book', async () => {
    const { ca, cert, key } = makeCertificates(folder);
    const config = configWithout('resourcedetection', 'k8sattributes');
    Object.assign(config.receivers.otlp.protocols.http.tls, { cert_file: cert, key_file: key });
    config.extensions.file_storage.directory = folder;
    config.exporters = { debug: { verbosity: 'detailed' } };
    config.service.pipelines.traces.exporters = ['debug'];
    config.service.telemetry.logs.encoding = 'console';
    running = spawn(PROGRAM, ['--config', written(config)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [running.stdout!, running.stderr!])
      stream.on('data', (chunk: Buffer) => {
        log += chunk.toString();
      });
    await until('the collector to be ready', () => log.includes('Everything is ready'), 30_000);
    execFileSync(process.execPath, [join(import.meta.dirname, 'support/trace-two.ts')], {
      env: { ...env, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://localhost:4318', NODE_EXTRA_CA_CERTS: ca },
    });
    await until('the failed span to leave', () => /Name\s+: fails/.test(log), 30_000);
    expect(log).toContain('service.name: Str(bayesian-var)');
    expect(log).toContain('on purpose');
    expect(log).not.toMatch(/secret|desk-7/);
    expect(log).toContain('enduser.id');
    const metrics = await (await fetch('http://127.0.0.1:8888/metrics')).text();
    expect(metrics).toMatch(/otelcol_receiver_accepted_spans\S* 2\n/);
    expect((await fetch('http://127.0.0.1:13133/')).status).toBe(200);
  });
});
