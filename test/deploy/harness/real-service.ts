/**
 * The service itself with the embedded exchange as its market, both as processes on loopback.
 *
 * Flow: exchange process -> service process -> tests.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort, stopped, until } from './process.ts';

const ROOT = join(import.meta.dirname, '../../..');
const READY_WITHIN_MS = 180_000;

export interface RealService extends AsyncDisposable {
  readonly url: string;
  readonly metricsTarget: string;
  readonly token: string;
  stopMarket(): Promise<void>;
  startMarket(): Promise<void>;
  /** SIGTERM, and the time until the process is gone. */
  leave(): Promise<void>;
}

async function startExchange(port: number): Promise<{ child: ChildProcess; streams: string; rest: string }> {
  const args = [
    join(ROOT, 'src/exchange/main.ts'),
    '--port',
    String(port),
    '--symbols',
    'BTCUSDT,ETHUSDT,SOLUSDT',
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await once(lines, 'line')) as [string];
  const address = JSON.parse(line) as { exchange: string; streams: string };
  return { child, streams: address.streams, rest: address.exchange };
}

export async function startRealService(dir: string): Promise<RealService> {
  const marketPort = await freePort();
  let market = await startExchange(marketPort);
  const [port, metricsPort] = [await freePort(), await freePort()];
  const token = 'harness-token-0123456789';
  const service = spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      LOG_LEVEL: 'fatal',
      HOST: '127.0.0.1',
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      DATA_DIR: join(dir, 'data'),
      BVAR_DEV_TOKEN: token,
      BINANCE_WS_URL: market.streams,
      BINANCE_REST_URL: market.rest,
      DEPLOYMENT_COLOR: 'blue',
      PARTICLES: '256',
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const ended = new AbortController();
  const died = once(service, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`the service ended with ${code} before it was ready`);
  });
  died.catch(() => undefined);
  await Promise.race([
    died,
    until('the service', async () => (await fetch(`${url}/health/ready`)).ok, READY_WITHIN_MS),
  ]);
  ended.abort();
  return {
    url,
    metricsTarget: `127.0.0.1:${metricsPort}`,
    token,
    stopMarket: () => stopped(market.child),
    startMarket: async () => {
      market = await startExchange(marketPort);
    },
    leave: () => stopped(service, 45_000),
    [Symbol.asyncDispose]: async () => {
      await stopped(service, 20_000);
      await stopped(market.child);
    },
  };
}
