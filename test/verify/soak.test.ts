/**
 * The service with 20 symbols under a busy market and steady questions: resident memory stays under 400 MiB
 * and does not grow, and P99 of POST /v1/var stays under 50 ms at 50 connections while ticks stream in.
 * The exchange is a process of its own, as the service is. SOAK_MINUTES=10 is the full run. Questions fall due
 * at a fixed rate, far above what a desk asks, and count from then; a saturating closed loop is shown beside.
 *
 * Flatness: least squares of resident memory over time, after the first third (fits, code, caches). The
 * slope's standard error comes from means of 12 blocks, which are nearly independent; growth of 2 MiB a minute
 * must be ruled out at 97.5 %. A kilobyte leaked per answer would be 12 MiB a minute.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seasonalVariance } from '../../src/exchange/market/season.ts';
import { type Load, quantile, startLoad } from '../support/load-clients.ts';
import { DEV_TOKEN, type RunningService, startService } from '../support/running-service.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

/** On request only: it wants both processors to itself, the exchange and the load included. */
const WANTED = process.env['SOAK_MINUTES'];
const MINUTES = Number(WANTED ?? '3');
const NAMES = 'BTC ETH SOL BNB XRP ADA DOGE AVAX LINK LTC DOT TRX ATOM NEAR UNI XLM ETC FIL APT ARB';
const SYMBOLS = NAMES.split(' ').map((base) => `${base}USDT`);
/**
 * Per symbol; each aggregate trade comes with a quote, and some 1.6 trades make an aggregate. The exchange's
 * market is livelier by day than by night: the same number of ticks at any hour.
 */
const TRADES_PER_SECOND = Math.round(970 / Math.sqrt(seasonalVariance(Date.now())));
const TICKS_PER_SECOND = 20_000;
const CONNECTIONS = 50;
const QUESTIONS_PER_SECOND = 200;
/** The closed loop that follows, for the report alone. */
const CLOSED_MS = 20_000;
const FLAT_MIB_PER_MINUTE = 2;
const SAMPLE_MS = 1_000;
const BLOCKS = 12;
const MIB = 1_048_576;
const HEADERS = { authorization: `Bearer ${DEV_TOKEN}`, 'content-type': 'application/json' };

/** The allocator as the image sets it. */
const ALLOCATOR = Object.fromEntries(
  readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8')
    .matchAll(/\b(MALLOC_\w+)=(\d+)/g)
    .map(([, name, value]) => [name, value]),
) as Record<string, string>;

let exchange: ChildProcess;
let folder: TempDir;
let service: RunningService;

/** Ten assets, another size each time, so that no cache answers. */
function book(index: number): string {
  return JSON.stringify({
    positions: SYMBOLS.slice(0, 10).map((symbol, at) => ({
      symbol,
      notional: String((at % 3 === 0 ? -1 : 1) * (1_000 + ((index * 7 + at) % 997))),
    })),
    confidence: [0.95, 0.99],
    horizon: ['PT1H', 'P1D'],
  });
}

function residentMiB(): number {
  const status = readFileSync(`/proc/${service.child.pid}/status`, 'utf8');
  return (Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1_024) / MIB;
}

/** Sum over the labels of a metric; the metrics are served on the main port here. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .map((line) => Number(line.split(' ').at(-1)));
  return values.reduce((sum, value) => sum + value, 0);
}

/** Slope of y over x and its standard error. */
function slopeOf(x: readonly number[], y: readonly number[]): { slope: number; error: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const slope = x.reduce((sum, value, at) => sum + (value - mx) * (y[at]! - my), 0) / spread;
  const rest = y.reduce((sum, value, at) => sum + (value - my - slope * (x[at]! - mx)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (x.length - 2) / spread) };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(async () => {
  if (WANTED === undefined) return;
  exchange = spawn(
    process.execPath,
    [
      // It stands for another machine: its collector must not take both processors of this one.
      '--concurrent-marking-max-worker-num=1',
      join(import.meta.dirname, '../../src/exchange/main.ts'),
      ...['--port', '0', '--symbols', SYMBOLS.join(), '--rate', String(TRADES_PER_SECOND)],
    ],
    { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const port = await new Promise<string>((resolve) => {
    createInterface({ input: exchange.stdout! }).on('line', (line) => {
      const found = /127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  folder = tempDir('soak');
  // As the image is built.
  const compiled = { NODE_COMPILE_CACHE: join(folder.path, 'compiled') };
  execFileSync(process.execPath, [join(import.meta.dirname, '../../src/cli/demo.ts'), '--once'], {
    env: { PATH: process.env['PATH'], DATA_DIR: join(folder.path, 'demo'), PORT: '8099', ...compiled },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  service = await startService({
    exchange: { url: `http://127.0.0.1:${port}`, wsUrl: `ws://127.0.0.1:${port}` },
    dataDir: folder.path,
    env: {
      ...ALLOCATOR,
      ...compiled,
      SYMBOLS: SYMBOLS.join(),
      PARTICLES: '1024',
      RATE_LIMIT_PER_SECOND: '1000000',
    },
  });
  await service.ready(280_000);
});
afterAll(async () => {
  service?.child.kill('SIGKILL');
  await service?.exited;
  exchange?.kill('SIGKILL');
  folder?.[Symbol.dispose]();
});

describe.skipIf(WANTED === undefined)(`${SYMBOLS.length} symbols for ${MINUTES} minutes`, () => {
  it('memory stays flat under 400 MiB, P99 under 50 ms, while 20,000 ticks a second stream in', async () => {
    const callers = {
      url: service.url,
      connections: CONNECTIONS,
      path: '/v1/var',
      headers: HEADERS,
      body: book,
    };
    const load: Load = startLoad({ ...callers, perSecond: QUESTIONS_PER_SECOND });
    const started = performance.now();
    const ticksBefore = await metric('bvar_feed_messages_total');
    const minutes: number[] = [];
    const resident: number[] = [];
    while (performance.now() - started < MINUTES * 60_000) {
      minutes.push((performance.now() - started) / 60_000);
      resident.push(residentMiB());
      await pause(SAMPLE_MS);
    }
    const seconds = (performance.now() - started) / 1_000;
    const ticks = ((await metric('bvar_feed_messages_total')) - ticksBefore) / seconds;
    const { latenciesMs, failures } = await load.stop();
    const saturating = startLoad(callers);
    await pause(CLOSED_MS);
    const closed = (await saturating.stop()).latenciesMs;

    const tail = Math.floor(minutes.length / 3);
    const size = Math.floor((minutes.length - tail) / BLOCKS);
    const blocks = Array.from({ length: BLOCKS }, (_, block) => tail + block * size);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const { slope, error } = slopeOf(
      blocks.map((from) => mean(minutes.slice(from, from + size))),
      blocks.map((from) => mean(resident.slice(from, from + size))),
    );
    const peak = Math.max(...resident);
    process.stdout.write(
      `${ticks.toFixed(0)} ticks/s, ${(latenciesMs.length / seconds).toFixed(0)} answers/s, ` +
        `P50 ${quantile(latenciesMs, 0.5).toFixed(1)} ms, P99 ${quantile(latenciesMs, 0.99).toFixed(1)} ms; ` +
        `resident ${resident[0]!.toFixed(0)} to ${resident.at(-1)!.toFixed(0)} MiB, peak ${peak.toFixed(0)}, ` +
        `slope ${slope.toFixed(2)} +- ${error.toFixed(2)} MiB/min; ` +
        `closed loop ${((closed.length * 1_000) / CLOSED_MS).toFixed(0)} answers/s, ` +
        `P99 ${quantile(closed, 0.99).toFixed(1)} ms\n`,
    );
    expect(failures).toEqual({});
    expect(peak).toBeLessThan(400);
    expect(slope + 2 * error).toBeLessThan(FLAT_MIB_PER_MINUTE);
    expect(quantile(latenciesMs, 0.99)).toBeLessThan(50);
    expect(ticks).toBeGreaterThan(TICKS_PER_SECOND);
  });
});
