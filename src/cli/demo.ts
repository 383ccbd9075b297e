/**
 * One command from nothing to an answer: starts the embedded exchange and the service against it, waits until
 * the service is ready and prints a request to try. With `--once` it asks that question itself, prints the
 * answer and leaves: exit code 0 for an answer, 1 without.
 * Flow: demo -> exchange process (synthetic market on loopback) and service process; both end when either does.
 * Environment given to the demo reaches the service; the addresses and the development token are set here.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const SOURCE = join(import.meta.dirname, '..');
const READY_WITHIN_MS = 60_000;
const POLL_MS = 250;
const BUSY = 503;
const STOP_WITHIN_MS = 35_000;

interface ExchangeAddress {
  readonly exchange: string;
  readonly streams: string;
}

const symbols = process.env['SYMBOLS'] ?? 'BTCUSDT,ETHUSDT,SOLUSDT';
const port = process.env['PORT'] ?? '8080';
const token = process.env['BVAR_DEV_TOKEN'] ?? randomBytes(24).toString('base64url');
const onlyOnce = readOptions().once;
const children: ChildProcess[] = [];
let stopping = false;

function readOptions(): { readonly once: boolean } {
  try {
    return parseArgs({ options: { once: { type: 'boolean', default: false } } }).values;
  } catch (error) {
    process.stderr.write(`demo: ${(error as Error).message}\n`);
    process.exit(2);
  }
}

/** Own process group, so that Ctrl-C reaches the demo alone and it decides the order. */
function start(name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const child = spawn(process.execPath, [join(SOURCE, program), ...args], {
    env,
    detached: true,
    stdio: ['ignore', name === 'exchange' ? 'pipe' : 'inherit', 'inherit'],
  });
  child.once('error', (error) => void stop(`${name} could not start: ${error.message}`));
  child.once('exit', (code, signal) => void stop(`${name} ended (${signal ?? code})`));
  children.unshift(child);
  return child;
}

/** Ends the youngest first, so the service leaves while its exchange still answers. */
async function stop(reason: string | undefined): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (reason !== undefined) process.stderr.write(`demo: ${reason}\n`);
  for (const child of children) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const deadline = delay(STOP_WITHIN_MS, undefined, { ref: false }).then(() => child.kill('SIGKILL'));
    await Promise.race([ended, deadline]);
  }
  process.exit(reason === undefined ? 0 : 1);
}

async function addressOf(exchange: ChildProcess): Promise<ExchangeAddress> {
  for await (const line of createInterface({ input: exchange.stdout! })) {
    exchange.stdout!.resume();
    return JSON.parse(line) as ExchangeAddress;
  }
  throw new Error('the exchange printed no address');
}

async function untilReady(url: string): Promise<boolean> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline && !stopping) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return true;
    await delay(POLL_MS);
  }
  return false;
}

process.once('SIGINT', () => void stop(undefined));
process.once('SIGTERM', () => void stop(undefined));

const exchange = start('exchange', 'exchange/main.ts', ['--port', '0', '--symbols', symbols], process.env);
const address = await addressOf(exchange);
start('service', 'main.ts', [], {
  HOST: '127.0.0.1',
  METRICS_PORT: port,
  LOG_LEVEL: 'warn',
  // Known before its first module is read, the service needs no type stripper (ADR 0100).
  NODE_COMPILE_CACHE: join(SOURCE, '../.data/compiled'),
  ...process.env,
  PORT: port,
  SYMBOLS: symbols,
  BVAR_DEV_TOKEN: token,
  BINANCE_WS_URL: address.streams,
  BINANCE_REST_URL: address.exchange,
});

const base = `http://127.0.0.1:${port}`;
const book = JSON.stringify({
  positions: symbols
    .split(',')
    .map((symbol, i) => ({ symbol, notional: String(Math.max(1, Math.round(30_000 / 2 ** i))) })),
  confidence: [0.95, 0.99],
  horizon: ['PT1H', 'P1D'],
});

function printRequest(): void {
  process.stdout.write(
    [
      '',
      `exchange (synthetic)  ${address.exchange}/exchange/state`,
      `service               ${base}/docs`,
      `token                 ${token}`,
      '',
      `curl -s ${base}/v1/var -H 'Authorization: Bearer ${token}' \\`,
      `  -H 'Content-Type: application/json' -d '${book}'`,
      '',
      '',
    ].join('\n'),
  );
}

/** Asks again while the service says that it is busy, as any client should; says so each time. */
async function askOnce(): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(`${base}/v1/var`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: book,
    }).catch((error: Error) => error);
    if (answer instanceof Error) return stop(`the service cannot be reached: ${answer.message}`);
    const text = await answer.text();
    if (answer.ok) {
      process.stdout.write(`${text}\n`);
      return stop(undefined);
    }
    process.stderr.write(`demo: the service answered ${answer.status}: ${text}\n`);
    if (answer.status !== BUSY || stopping || performance.now() > deadline)
      return stop('there was no answer');
    await delay(1000 * Number(answer.headers.get('retry-after') ?? 1));
  }
}

if (!(await untilReady(`${base}/health/ready`))) {
  if (!stopping) await stop(`the service was not ready within ${READY_WITHIN_MS / 1000} s`);
} else if (onlyOnce) await askOnce();
else printRequest();
