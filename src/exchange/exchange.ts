/**
 * The embedded exchange: Binance's wire over real sockets, for demo, tests, load and chaos runs.
 * Flow: options -> market, streams, REST on one port -> clients that cannot tell it from the wire they know.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MarketClock } from './clock.ts';
import { stochasticVolatility } from './law/stochastic-volatility.ts';
import { HOUR_MS } from './market/bar-node.ts';
import { BarTree } from './market/bar-tree.ts';
import { createInstrument } from './market/instrument.ts';
import { RootPath } from './market/root-path.ts';
import { SyntheticMarket } from './market/synthetic-market.ts';
import { SyntheticSymbol } from './market/synthetic-symbol.ts';
import { DEFAULT_RULES, DEFAULT_SYMBOLS, defaultListing, type ExchangeOptions } from './options.ts';
import { ok, type Reply } from './rest/reply.ts';
import { RestServer } from './rest/rest-server.ts';
import { WeightMeter } from './rest/weight-meter.ts';
import { LiveTape } from './wire/live-tape.ts';
import { PeriodicStreams } from './wire/periodic-streams.ts';
import { StreamHub } from './wire/stream-hub.ts';
import { attachStreams } from './wire/stream-server.ts';

const DEFAULT_TICK_MS = 10;
const DEFAULT_WEIGHT_LIMIT = 6000;

export interface Exchange extends AsyncDisposable {
  readonly port: number;
  /** Base of the REST endpoints, e.g. http://127.0.0.1:1234. */
  readonly url: string;
  /** Base of the stream endpoints, e.g. ws://127.0.0.1:1234. */
  readonly wsUrl: string;
  readonly market: SyntheticMarket;
  readonly clock: MarketClock;
  close(): Promise<void>;
}

export async function createExchange(options: ExchangeOptions = {}): Promise<Exchange> {
  const clock = new MarketClock(options.startMs ?? Date.now(), options.timeScale ?? 1);
  const market = createSyntheticMarket(options, clock);
  const passThrough = {
    active: false,
    onSubscribe: () => undefined,
    deliver: () => undefined,
  };
  const hub = new StreamHub({ ...DEFAULT_RULES, ...options.rules }, passThrough, () => undefined);
  const meter = new WeightMeter(options.weightLimit ?? DEFAULT_WEIGHT_LIMIT);
  const restLagUs = (options.restLagMs ?? 0) * 1000;
  const rest = new RestServer({
    meter,
    context: (micro) => ({
      market,
      weightLimit: meter.limit,
      publishedUs: clock.nowUs() - restLagUs,
      statedUs: clock.statedUs(),
      micro,
    }),
    obstacle: () => ({ delayMs: 0, reply: undefined }),
    signed: new Map(),
    admin: async (_request, path): Promise<Reply | undefined> => {
      if (path === '/exchange/provenance') return ok(JSON.stringify({ provenance: market.provenance }));
      if (path === '/exchange/state')
        return ok(JSON.stringify({ ...hub.counters(), tradesPrinted: tape.trades, rest: rest.counters }));
      return undefined;
    },
  });
  const tape = new LiveTape(market, clock, hub);
  const periodic = new PeriodicStreams(market, clock, hub);
  const server = createServer(rest.listener);
  attachStreams(server, hub, () => undefined);
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const loop = setInterval(() => {
    tape.advance();
    periodic.advance();
  }, options.tickMs ?? DEFAULT_TICK_MS);
  const { port } = server.address() as AddressInfo;

  async function close(): Promise<void> {
    clearInterval(loop);
    for (const link of hub.links) link.terminate();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  return {
    port,
    url: `http://${host}:${port}`,
    wsUrl: `ws://${host}:${port}`,
    market,
    clock,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function createSyntheticMarket(options: ExchangeOptions, clock: MarketClock): SyntheticMarket {
  const seed = options.seed ?? 1;
  const rootIntervalMs = options.rootIntervalMs ?? HOUR_MS;
  const listedMs = options.listedMs ?? defaultListing(clock.nowUs() / 1000, rootIntervalMs);
  const symbols = (options.symbols ?? DEFAULT_SYMBOLS).map((name) => {
    const instrument = createInstrument(name);
    const process = stochasticVolatility(seed, instrument, rootIntervalMs);
    const tradesPerSecond = options.tradesPerSecond ?? 5;
    const path = new RootPath({ seed, instrument, process, rootIntervalMs, listedMs, tradesPerSecond });
    return new SyntheticSymbol(instrument, new BarTree(path, seed, instrument.streamKey), seed);
  });
  return new SyntheticMarket(symbols);
}
