/**
 * POST /v1/var for ten symbols through everything: HTTP, queue, thread, shared memory, answer. Per CPU-second
 * of the server process with its threads, so that the load generator beside it does not count.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Pool } from 'undici';
import { bearer, READ_TOKEN } from '../support/http-app.ts';
import type { BenchRow } from './bench-row.ts';

const CONNECTIONS = 20;
const ROUNDS = 4;
const ROUND_MS = 1500;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', ...Array.from({ length: 7 }, (_, i) => `COIN${i}USDT`)];
const headers = { ...bearer(READ_TOKEN), 'content-type': 'application/json' };

interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: typeof headers;
  readonly body?: string;
}

const hello: Route = { method: 'GET', path: '/v1/hello', headers };

function posted(options: object): Route {
  const positions = SYMBOLS.map((symbol, i) => ({ symbol, quantity: String((i + 1) / 7) }));
  return { method: 'POST', path: '/v1/var', headers, body: JSON.stringify({ positions, ...options }) };
}

async function cpuUs(child: ChildProcess): Promise<number> {
  const reply = once(child, 'message');
  child.send('cpu');
  return ((await reply) as [{ cpuUs: number }])[0].cpuUs;
}

async function perCpuSecond(child: ChildProcess, pool: Pool, route: Route): Promise<number> {
  const before = await cpuUs(child);
  const until = performance.now() + ROUND_MS;
  let answered = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const { statusCode, body } = await pool.request(route);
      await body.dump();
      if (statusCode !== 200) throw new Error(`${route.path} answered ${statusCode}`);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return answered / (((await cpuUs(child)) - before) / 1e6);
}

export async function bench(): Promise<BenchRow[]> {
  const child = fork(join(import.meta.dirname, '../support/valuation-bench-server.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  try {
    const routes = { hello, one: posted({ confidence: [0.99] }), two: posted({ confidence: [0.95, 0.99] }) };
    const best = { hello: 0, one: 0, two: 0 };
    for (let round = 0; round < ROUNDS; round++)
      for (const name of Object.keys(routes) as (keyof typeof routes)[])
        best[name] = Math.max(best[name], await perCpuSecond(child, pool, routes[name]));
    const row = (name: string, value: number): BenchRow => ({
      name,
      value,
      unit: 'requests per CPU-second',
      rival: 'a hello route of the same process',
      rivalValue: best.hello,
      ratio: value / best.hello,
      bar: 'at least 1,500 a CPU-second',
      met: value >= 1500,
    });
    return [
      row('POST /v1/var, 10 symbols, one confidence, whole path', best.one),
      row('POST /v1/var, 10 symbols, two confidences, whole path', best.two),
    ];
  } finally {
    await pool.close();
    child.disconnect();
    await once(child, 'exit');
  }
}
