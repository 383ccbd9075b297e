/**
 * The embedded exchange must never be what a load test measures: pages of history in milliseconds, and a
 * socket full of ticks at a fraction of a core. The rival of the socket is a bare `ws` server that sends one
 * constant text, so the ratio is what making and routing the frames costs on top.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket, WebSocketServer } from 'ws';
import { createExchange } from '../../src/exchange/exchange.ts';
import { findInterval } from '../../src/exchange/market/kline-interval.ts';
import type { BenchRow } from './bench-row.ts';

const PAGE = 1000;
const PAGE_BAR_MS = 50;
const SYMBOLS = 'BTCUSDT,ETHUSDT,SOLUSDT,BNBUSDT,XRPUSDT,ADAUSDT,DOGEUSDT,LINKUSDT';
const TRADES_PER_SECOND = 1700;
const TICKS_BAR = 20_000;
const MEASURE_MS = 5000;
const RIVAL_FRAMES = 200_000;

export async function bench(): Promise<BenchRow[]> {
  return [...(await pageRows()), await socketRow()];
}

async function pageRows(): Promise<BenchRow[]> {
  await using exchange = await createExchange({ symbols: ['BTCUSDT', 'ETHUSDT'] });
  const asOfUs = exchange.clock.nowUs();
  const page = (name: string, symbol: number) => {
    const begun = performance.now();
    const bars = exchange.market.klines(symbol, findInterval(name)!, {}, PAGE, asOfUs);
    if (bars.length !== PAGE) throw new Error(`a page of ${name} held ${bars.length} bars`);
    return performance.now() - begun;
  };
  return ['1m', '5m', '1h', '1d'].map((name) => {
    page(name, 0);
    const value = page(name, 1);
    const ratio = value / PAGE_BAR_MS;
    const rival = { rival: 'bar in ms', rivalValue: PAGE_BAR_MS, ratio };
    return {
      name: `page of ${PAGE} ${name} bars, first visit`,
      value,
      unit: 'ms',
      ...rival,
      bar: `at most ${PAGE_BAR_MS} ms`,
      met: value <= PAGE_BAR_MS,
    };
  });
}

async function socketRow(): Promise<BenchRow> {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, '../../src/exchange/main.ts'),
      ...['--port', '0', '--rate', String(TRADES_PER_SECOND), '--symbols', SYMBOLS],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { streams } = JSON.parse(String(line)) as { streams: string };
  const names = SYMBOLS.toLowerCase()
    .split(',')
    .flatMap((symbol) => [`${symbol}@trade`, `${symbol}@bookTicker`]);
  const socket = new WebSocket(`${streams}/stream?streams=${names.join('/')}`, { perMessageDeflate: false });
  let frames = 0;
  socket.on('message', () => {
    frames += 1;
  });
  await delay(2000);
  const before = { frames, cpu: cpuSeconds(child.pid!), at: performance.now() };
  await delay(MEASURE_MS);
  const seconds = (performance.now() - before.at) / 1000;
  const perSecond = (frames - before.frames) / seconds;
  const perCpuSecond = (frames - before.frames) / (cpuSeconds(child.pid!) - before.cpu);
  socket.terminate();
  child.kill('SIGTERM');
  await once(child, 'exit');
  const rivalValue = await bareServerFramesPerCpuSecond();
  return {
    name: `ticks per CPU-second over one socket (${Math.round(perSecond)} ticks/s sustained)`,
    value: perCpuSecond,
    unit: '1/s',
    rival: 'bare ws server, constant text',
    rivalValue,
    ratio: perCpuSecond / rivalValue,
    bar: `at least ${TICKS_BAR} in one core`,
    met: perCpuSecond >= TICKS_BAR,
  };
}

/** User and system time of a process so far. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Sends from this process to itself and takes half of the CPU time for the sending side. */
async function bareServerFramesPerCpuSecond(): Promise<number> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  const text = '{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":1,"p":"60000.00000000"}'.padEnd(170, ' ');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  sockets.on('connection', async (socket) => {
    for (let i = 0; i < RIVAL_FRAMES; i++) {
      socket.send(text);
      if (i % 200 === 0) await delay(0);
    }
  });
  const begun = process.cpuUsage();
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  let received = 0;
  await new Promise<void>((resolve) => {
    client.on('message', () => {
      received += 1;
      if (received === RIVAL_FRAMES) resolve();
    });
  });
  const { user, system } = process.cpuUsage(begun);
  client.terminate();
  sockets.close();
  server.close();
  return RIVAL_FRAMES / ((user + system) / 2 / 1e6);
}
