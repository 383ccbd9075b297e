import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { readCapture } from '#exchange/replay/capture.ts';
import { ExchangeClient } from '../support/exchange-client.ts';
import { sharedPath } from '../support/shared-data.ts';

const MINUTE_US = 60_000_000;
const START_US = Date.UTC(2026, 0, 5, 10, 0, 30) * 1000;
/** The recorder's clock runs this far behind the exchange's. */
const RECORDER_LAG_US = 1_270_000;

interface Planned {
  readonly id: number;
  readonly price: string;
  readonly quantity: string;
  readonly timeUs: number;
  readonly maker: boolean;
}

const TRADES: readonly Planned[] = Array.from({ length: 120 }, (_, i) => ({
  id: 9000 + i,
  price: `${100 + (Math.floor(i / 3) % 7)}.25000000`,
  quantity: `0.0${1 + (i % 9)}000000`,
  timeUs: START_US + Math.floor(i / 3) * 2_000_000,
  maker: Math.floor(i / 3) % 2 === 0,
}));

function tradeLine(trade: Planned): string {
  const ms = trade.timeUs / 1000;
  const payload = `{"e":"trade","E":${ms},"s":"BTCUSDT","t":${trade.id},"p":"${trade.price}","q":"${trade.quantity}","T":${ms},"m":${trade.maker},"M":true}`;
  return `${trade.timeUs - RECORDER_LAG_US}123 {"stream":"btcusdt@trade","data":${payload}}`;
}

function quoteLine(atUs: number, update: number): string {
  return `${atUs - RECORDER_LAG_US}456 {"stream":"ethusdt@bookTicker","data":{"u":${update},"s":"ETHUSDT","b":"10.10000000","B":"1.00000000","a":"10.11000000","A":"2.00000000"}}`;
}

let folder: string;
let files: string[];
let exchange: Exchange | undefined;
const clients: ExchangeClient[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'capture-'));
  files = [join(folder, 'btc.gz'), join(folder, 'eth.txt')];
  const snapshot = `${START_US - RECORDER_LAG_US}000 {"lastUpdateId":1,"bids":[],"asks":[]}`;
  writeFileSync(files[0]!, gzipSync([snapshot, ...TRADES.map(tradeLine), ''].join('\n')));
  const quotes = Array.from({ length: 40 }, (_, i) => quoteLine(START_US + i * 2_000_000 + 1, 70 + i));
  writeFileSync(files[1]!, quotes.join('\n'));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await exchange?.close();
  exchange = undefined;
  rmSync(folder, { recursive: true });
});

async function replay(capture: readonly string[], speed: number): Promise<Exchange> {
  exchange = await createExchange({ capture, timeScale: speed, waitForStreams: 2 });
  return exchange;
}

async function connect(streams: string): Promise<ExchangeClient> {
  const client = await ExchangeClient.open(`${exchange!.wsUrl}/stream?streams=${streams}`);
  clients.push(client);
  return client;
}

describe('replay of captures', () => {
  it('waits for its listeners, then sends every frame as it was, in order, once', async () => {
    await replay(files, 200);
    const waiting = exchange!.state();
    expect(waiting).toMatchObject({ provenance: 'replay', replay: { started: false, framesTotal: 160 } });
    const client = await connect('btcusdt@trade/ethusdt@bookTicker');
    await client.until(() => exchange!.state().replay!.finished && client.texts.length === 160);
    const frames = (await readCapture(files)).map(({ stream, payload }) => {
      return `{"stream":"${stream}","data":${payload}}`;
    });
    expect(client.texts).toEqual(frames);
  });

  it('moves the recorder onto the exchange clock', async () => {
    const frames = await readCapture(files);
    const first = frames.find((frame) => frame.stream === 'btcusdt@trade')!;
    expect(first.atUs).toBe(START_US);
  });

  it('serves aggregates, trades and bars from the capture, nothing that is not yet played', async () => {
    const { url } = await replay(files, 200);
    const get = async (path: string) => (await (await fetch(url + path)).json()) as never[];
    const client = await connect('btcusdt@aggTrade/btcusdt@kline_1m');
    await client.until(() => client.payloads('btcusdt@aggTrade').length > 0);
    const early = (await get('/api/v3/historicalTrades?symbol=BTCUSDT&fromId=9000&limit=1000')).length;
    expect(early).toBeLessThan(TRADES.length);
    await client.until(() => client.payloads('btcusdt@aggTrade').length === 40);
    const aggregates = await get('/api/v3/aggTrades?symbol=BTCUSDT&limit=1000');
    const streamed = client.payloads('btcusdt@aggTrade').map(({ e, E, s, ...rest }) => rest);
    expect(aggregates).toEqual(streamed);
    expect(streamed[1]).toMatchObject({ a: 2, f: 9003, l: 9005 });
    expect(await get('/api/v3/historicalTrades?symbol=BTCUSDT&fromId=9117&limit=5')).toHaveLength(3);

    const inBar = TRADES.filter((t) => Math.floor(t.timeUs / MINUTE_US) === Math.floor(START_US / MINUTE_US));
    const [bar] = (await get('/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1000')) as unknown[][];
    const prices = inBar.map((t) => Number(t.price));
    expect(bar!.slice(1, 5).map(Number)).toEqual([
      prices[0],
      Math.max(...prices),
      Math.min(...prices),
      prices.at(-1),
    ]);
    expect(Number(bar![5])).toBeCloseTo(
      inBar.reduce((sum, t) => sum + Number(t.quantity), 0),
      8,
    );
    expect(Number(bar![7])).toBeCloseTo(
      inBar.reduce((sum, t) => sum + Number(t.price) * Number(t.quantity), 0),
      6,
    );
    expect(bar![8]).toBe(inBar.length);
  });

  it('a file without frames is refused by name', async () => {
    const empty = join(folder, 'empty.txt');
    writeFileSync(empty, 'nothing\n');
    await expect(readCapture([empty])).rejects.toThrow(/empty\.txt/);
  });

  const spot = sharedPath('data', 'binance-raw', 'hftbacktest-spot-20240808');
  it.skipIf(spot === undefined)('the four spot captures hold 34,419 trades without a gap', async () => {
    const names = ['btcusdt_20240808', 'btcusdt_20240809', 'ethusdt_20240808', 'ethusdt_20240809'];
    await replay(
      names.map((name) => join(spot!, `${name}.gz`)),
      400,
    );
    const client = await connect('btcusdt@trade/ethusdt@trade');
    await client.until(() => client.texts.length === 34_419, 15_000);
    for (const [symbol, first, count] of [
      ['btcusdt', 3735683259, 19_904],
      ['ethusdt', 1520538925, 14_515],
    ] as const) {
      const ids = client.payloads(`${symbol}@trade`).map((trade) => trade['t']);
      expect(ids).toEqual(Array.from({ length: count }, (_, i) => first + i));
    }
  });
});
