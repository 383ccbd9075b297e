/**
 * The demo as a user runs it: one command, an answer within a minute, everything gone after Ctrl-C.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { tempDir } from '../support/temp-dir.ts';

const DEMO = join(import.meta.dirname, '../../src/cli/demo.ts');

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

it('one command leads to a VaR answer, and an interrupt ends both processes', {
  timeout: 120_000,
}, async () => {
  using dir = tempDir('demo');
  const port = await freePort();
  const demo = spawn(process.execPath, [DEMO], {
    env: { ...process.env, PORT: String(port), DATA_DIR: dir.path, DRAIN_MS: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: string[] = [];
  let token = '';
  let exchange = '';
  for await (const line of createInterface({ input: demo.stdout })) {
    printed.push(line);
    token ||= /^token\s+(\S+)/.exec(line)?.[1] ?? '';
    exchange ||= /^exchange \(synthetic\)\s+(\S+)/.exec(line)?.[1] ?? '';
    if (line.includes("-d '{")) break;
  }
  demo.stdout.resume();
  const body = /-d '(.*)'/.exec(printed.at(-1)!)![1]!;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/var`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body,
  });
  expect(answer.status).toBe(200);
  const { results, provenance } = (await answer.json()) as {
    results: { var: { lower: number; estimate: number; upper: number } }[];
    provenance: string;
  };
  expect(provenance).toBe('synthetic');
  expect(results).toHaveLength(4);
  for (const { var: risk } of results) {
    expect(risk.lower).toBeGreaterThan(0);
    expect(risk.estimate).toBeGreaterThanOrEqual(risk.lower);
    expect(risk.upper).toBeGreaterThanOrEqual(risk.estimate);
  }
  expect((await fetch(exchange)).status).toBe(200);

  demo.kill('SIGINT');
  expect(await once(demo, 'exit')).toEqual([0, null]);
  await expect(fetch(exchange)).rejects.toThrow();
  await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
});

it('asked once, it prints the answer, leaves with code 0 and leaves modules that need no stripping', {
  timeout: 120_000,
}, async () => {
  using dir = tempDir('demo-once');
  const compiled = join(dir.path, 'compiled');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [DEMO, '--once'], {
    env: {
      ...process.env,
      PORT: String(await freePort()),
      DATA_DIR: dir.path,
      LOG_LEVEL: 'fatal',
      NODE_COMPILE_CACHE: compiled,
    },
  });
  // Nothing was refused between readiness and the answer.
  expect(stderr).toBe('');
  expect((JSON.parse(stdout) as { results: unknown[] }).results).toHaveLength(4);
  const traced = await promisify(execFile)(
    'sh',
    [
      '-c',
      `"${process.execPath}" -e 'import("${join(import.meta.dirname, '../../src/service/start-service.ts')}")' 2>&1`,
    ],
    {
      env: { ...process.env, NODE_COMPILE_CACHE: compiled, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
      maxBuffer: 64 * 1_048_576,
    },
  );
  const read = traced.stdout.split('\n').filter((line) => line.includes('retrieving transpile cache'));
  expect(read.length).toBeGreaterThan(200);
  expect(read.filter((line) => !line.endsWith('success'))).toEqual([]);
});

it('an argument that it does not know ends it with code 2', async () => {
  const failed = promisify(execFile)(process.execPath, [DEMO, '--twice']);
  await expect(failed).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--twice') });
});
