/**
 * What the HTTP layer costs, per CPU-second of the server process, so that the load generator on the same
 * processors does not count. The engine is the small one of the tests: only HTTP is measured here.
 * The routes take turns, and the rival is measured in the same turns.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Pool } from 'undici';
import { bearer, READ_TOKEN } from '../support/http-app.ts';
import type { BenchRow } from './bench-row.ts';

const CONNECTIONS = 20;
const ROUNDS = 5;
const ROUND_MS = 600;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', ...Array.from({ length: 7 }, (_, i) => `COIN${i}USDT`)];

const headers = { ...bearer(READ_TOKEN), 'content-type': 'application/json' };
const get = (path: string) => ({ method: 'GET' as const, path, headers });
const ROUTES = {
  hello: get('/v1/hello'),
  cached: get('/v1/var/BTCUSDT?confidence=0.95,0.99&horizon=PT1H,P1D'),
  posted: {
    method: 'POST' as const,
    path: '/v1/var',
    headers,
    body: JSON.stringify({
      positions: SYMBOLS.map((symbol, i) => ({ symbol, quantity: String((i + 1) / 7) })),
      contributions: true,
    }),
  },
};

export async function bench(): Promise<BenchRow[]> {
  const child = fork(join(import.meta.dirname, '../support/http-bench-server.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
  try {
    const rates: Record<keyof typeof ROUTES, number[]> = { hello: [], cached: [], posted: [] };
    for (let round = -1; round < ROUNDS; round++)
      for (const name of Object.keys(ROUTES) as (keyof typeof ROUTES)[]) {
        const rate = await perCpuSecond(child, pool, ROUTES[name]);
        if (round >= 0) rates[name].push(rate);
      }
    const hello = median(rates.hello);
    const cached = median(rates.cached);
    const posted = median(rates.posted);
    return [
      row(
        'GET /v1/var/{symbol}',
        cached,
        'a hello route of the same app',
        hello,
        'ratio >= 0.4',
        cached / hello >= 0.4,
      ),
      row('POST /v1/var, 10 assets, HTTP only', posted, 'bar', 1_500, 'at least 1,500', posted >= 1_500),
    ];
  } finally {
    await pool.close();
    child.disconnect();
    await once(child, 'exit');
  }
}

const row = (
  name: string,
  value: number,
  rival: string,
  rivalValue: number,
  bar: string,
  met: boolean,
): BenchRow => ({
  name,
  value,
  unit: 'requests per CPU-second',
  rival,
  rivalValue,
  ratio: value / rivalValue,
  bar,
  met,
});

async function cpuUs(child: ReturnType<typeof fork>): Promise<number> {
  const reply = once(child, 'message');
  child.send('cpu');
  return ((await reply) as [{ cpuUs: number }])[0].cpuUs;
}

async function perCpuSecond(
  child: ReturnType<typeof fork>,
  pool: Pool,
  route: (typeof ROUTES)[keyof typeof ROUTES],
): Promise<number> {
  const before = await cpuUs(child);
  const until = performance.now() + ROUND_MS;
  let answered = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const reply = await pool.request(route);
      await reply.body.dump();
      if (reply.statusCode !== 200) throw new Error(`${route.path} answered ${reply.statusCode}`);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  return answered / (((await cpuUs(child)) - before) / 1e6);
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  console.table(await bench());
