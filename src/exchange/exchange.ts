/**
 * The embedded exchange: Binance's wire over real sockets, for demo, tests, load and chaos runs.
 * Flow: options -> market, streams, REST on one port -> clients that cannot tell it from the wire they know.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MarketClock } from './clock.ts';
import { type AdminHost, answerAdmin } from './faults/admin-routes.ts';
import type { Fault } from './faults/fault.ts';
import { FaultDesk } from './faults/fault-desk.ts';
import { PublicationGate } from './faults/publication-gate.ts';
import { RestFaults, type RestFaultTally } from './faults/rest-faults.ts';
import { StreamFaults, type StreamTally } from './faults/stream-faults.ts';
import { quantileOf } from './law/true-quantile.ts';
import type { MarketData } from './market/market-data.ts';
import { DEFAULT_RULES, DEFAULT_SEED, type ExchangeOptions } from './options.ts';
import { signedEndpoints } from './rest/account-endpoint.ts';
import { type RestCounters, RestServer } from './rest/rest-server.ts';
import { WeightMeter } from './rest/weight-meter.ts';
import { openVenue } from './venue.ts';
import { ConnectionMeter } from './wire/connection-meter.ts';
import type { ReplayProgress } from './wire/live-player.ts';
import { PeriodicStreams } from './wire/periodic-streams.ts';
import { type HubCounters, StreamHub } from './wire/stream-hub.ts';
import { attachStreams } from './wire/stream-server.ts';

const DEFAULT_TICK_MS = 10;
const DEFAULT_WEIGHT_LIMIT = 6000;
const DEFAULT_CONNECTION_LIMIT = 300;
const TOO_MANY_REQUESTS = 429;

export interface Exchange extends AsyncDisposable {
  readonly port: number;
  /** Base of the REST endpoints, e.g. http://127.0.0.1:1234. */
  readonly url: string;
  /** Base of the stream endpoints, e.g. ws://127.0.0.1:1234. */
  readonly wsUrl: string;
  readonly market: MarketData;
  readonly clock: MarketClock;
  state(): ExchangeState;
  /** Plants a fault, as POST /exchange/faults does. */
  admin(fault: Fault): void;
  clearFaults(): void;
  /** Multiplies volatility from the next minute on, or from the next bar of a known law. */
  setRegime(volatilityScale: number): boolean;
  /** The true conditional quantile of the log return of the root bar opening at the time, where it is known. */
  trueQuantile(symbol: string, openMs: number, probability: number): number | undefined;
  close(): Promise<void>;
}

export interface ExchangeState extends HubCounters {
  readonly provenance: string;
  readonly tradesPlayed: number;
  readonly replay?: ReplayProgress;
  readonly rest: RestCounters;
  readonly faults: RestFaultTally & {
    readonly planted: number;
    readonly streams: Readonly<Record<string, StreamTally>>;
  };
}

export async function createExchange(options: ExchangeOptions = {}): Promise<Exchange> {
  const { market, clock, player: createPlayer } = await openVenue(options);
  const desk = new FaultDesk({
    dropLinks: (count) => hub.dropLinks(count),
    announceShutdown: () => hub.announceShutdown(clock.statedUs()),
    setClockSkew: (ms) => {
      clock.skewMs = ms;
    },
    nowUs: () => clock.nowUs(),
  });
  const streamFaults = new StreamFaults(options.seed ?? DEFAULT_SEED, desk);
  const restFaults = new RestFaults(desk);
  const gate = new PublicationGate(desk, market.instruments);
  const hub = new StreamHub({ ...DEFAULT_RULES, ...options.rules }, streamFaults, (streams) => {
    if (streams >= (options.waitForStreams ?? 1)) clock.start();
  });
  const meter = new WeightMeter(options.weightLimit ?? DEFAULT_WEIGHT_LIMIT);
  const restLagUs = (options.restLagMs ?? 0) * 1000;
  const rest = new RestServer({
    meter,
    context: (micro) => ({
      market,
      weightLimit: meter.limit,
      publishedUs: (symbol) => gate.edgeUs(symbol, clock.nowUs()) - restLagUs,
      statedUs: clock.statedUs(),
      micro,
    }),
    obstacle: (path) => restFaults.obstacle(path),
    signed: options.account === undefined ? new Map() : signedEndpoints(options.account),
    admin: (request, path, query) => answerAdmin(adminHost, request, path, query),
  });
  const player = createPlayer(hub, gate);
  const periodic = new PeriodicStreams(market, clock, hub, gate);
  const adminHost: AdminHost = {
    desk,
    provenance: () => market.provenance,
    state: () => state(),
    setRegime: (scale) => market.setRegime(scale, clock.nowUs()),
    trueQuantile,
  };
  const server = createServer(rest.listener);
  const connections = new ConnectionMeter(options.connectionLimit ?? DEFAULT_CONNECTION_LIMIT);
  attachStreams(server, hub, (request) => {
    const admitted = connections.admit(request.socket.remoteAddress ?? '', performance.now());
    return admitted ? restFaults.refuseUpgrade() : TOO_MANY_REQUESTS;
  });
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const loop = setInterval(() => {
    player.advance();
    periodic.advance();
  }, options.tickMs ?? DEFAULT_TICK_MS);
  const { port } = server.address() as AddressInfo;

  function state(): ExchangeState {
    return {
      provenance: market.provenance,
      ...hub.counters(),
      tradesPlayed: player.trades,
      ...(player.progress === undefined ? {} : { replay: player.progress }),
      rest: { ...rest.counters },
      faults: { planted: desk.planted.length, ...restFaults.tally, streams: streamFaults.tallies },
    };
  }

  function trueQuantile(symbol: string, openMs: number, probability: number): number | undefined {
    const index = market.instruments.findIndex((instrument) => instrument.symbol === symbol);
    const law = market.lawAt(index, openMs);
    return law === undefined ? undefined : quantileOf(law, probability);
  }

  async function close(): Promise<void> {
    clearInterval(loop);
    desk.clear();
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
    state,
    admin: (fault) => {
      if (fault.kind === 'freeze-symbol' && market.provenance === 'replay')
        throw new RangeError('a replayed market cannot be frozen');
      desk.plant(fault);
    },
    clearFaults: () => desk.clear(),
    setRegime: (volatilityScale) => market.setRegime(volatilityScale, clock.nowUs()),
    trueQuantile,
    close,
    [Symbol.asyncDispose]: close,
  };
}
