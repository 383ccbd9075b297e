/**
 * From socket to shared ring, and on to bars, against a bare `ws` client that only counts frames.
 * Rates are frames per second of this process's CPU time, so that the server and other work on the machine do
 * not enter; each contender gets several rounds in turn and keeps its best.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { createIngest } from '../../src/engine/ingest.ts';
import { createBinanceFeed } from '../../src/feed/binance/binance-feed.ts';
import type { FeedObserver } from '../../src/feed/market-feed.ts';
import { createTickRing, TickRingWriter } from '../../src/memory/tick-ring.ts';
import type { BenchRow } from './bench-row.ts';

const FRAMES = 200_000;
const ROUNDS = 4;
const RING = 65_536;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** CPU seconds from the first frame to the last, seen by polling `seen` between turns of the event loop. */
async function measure(seen: () => number): Promise<number> {
  while (seen() === 0) await new Promise((next) => setImmediate(next));
  const first = seen();
  const start = cpuSeconds();
  while (seen() < FRAMES) await new Promise((next) => setTimeout(next, 5));
  return (FRAMES - first) / (cpuSeconds() - start);
}

async function bare(port: number, path: string): Promise<number> {
  let frames = -2;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}/stream`, {
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  await once(socket, 'open');
  socket.on('message', () => {
    frames += 1;
  });
  socket.send(JSON.stringify({ method: 'SUBSCRIBE', params: ['btcusdt@aggTrade'], id: 1 }));
  socket.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id: 2 }));
  const rate = await measure(() => Math.max(0, frames));
  socket.terminate();
  return rate;
}

function feedTo(port: number, path: string) {
  return createBinanceFeed({
    symbols: SYMBOLS,
    streamBases: [`ws://127.0.0.1:${port}${path}`],
    restBases: [`http://127.0.0.1:${port}`],
    klines: [],
    limits: { silence: { floorMs: 60_000 }, settleAfterMs: 60_000 },
  });
}

async function toRing(port: number, path: string): Promise<number> {
  const feed = feedTo(port, path);
  const writer = new TickRingWriter(createTickRing(RING));
  const observer: FeedObserver = {
    onTick(tick) {
      if (tick.kind === 'trade') writer.writeTrade(tick);
      else if (tick.kind === 'quote') writer.writeQuote(tick, tick.tsReceiveUs);
      else writer.writeLost(tick);
    },
    onExchangeBar: () => undefined,
    onEvent: () => undefined,
  };
  await feed.start(observer);
  const rate = await measure(() => feed.status().frames);
  await feed.close();
  return rate;
}

async function toBars(port: number, path: string): Promise<number> {
  const feed = feedTo(port, path);
  const clock = { nowMs: () => Date.now() };
  const ingest = createIngest({
    symbols: SYMBOLS,
    feed,
    ringCapacity: RING,
    intervals: [300_000],
    clock,
    onBar: () => undefined,
  });
  void ingest.start().catch(() => undefined);
  const rate = await measure(() => feed.status().frames);
  await ingest.close();
  return rate;
}

async function compare(port: number, path: string, manner: string, atLeast: number): Promise<BenchRow[]> {
  const rates = { bare: 0, ring: 0, bars: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.bare = Math.max(rates.bare, await bare(port, path));
    rates.ring = Math.max(rates.ring, await toRing(port, path));
    rates.bars = Math.max(rates.bars, await toBars(port, path));
  }
  return (['ring', 'bars'] as const).map((end) => {
    const ratio = rates[end] / rates.bare;
    return {
      name: `socket to ${end}, ${manner}`,
      value: rates[end],
      unit: 'frames/cpu-s',
      rival: 'bare ws client',
      rivalValue: rates.bare,
      ratio,
      bar: `ratio >= ${atLeast}`,
      met: ratio >= atLeast,
    };
  });
}

export async function bench(): Promise<BenchRow[]> {
  const server = fork(join(import.meta.dirname, 'frame-cannon.ts'), [String(FRAMES)], { execArgv: [] });
  try {
    const [port] = (await once(server, 'message')) as [number];
    return [
      ...(await compare(port, '', 'frame by frame', 0.6)),
      ...(await compare(port, '/burst', 'in bursts', 0.6)),
    ];
  } finally {
    server.kill();
  }
}
