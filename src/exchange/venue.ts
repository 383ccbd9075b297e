/**
 * The market behind the wire: synthetic by default, a capture where files are given.
 * Flow: options -> market, clock, player -> exchange.
 */
import { MarketClock } from './clock.ts';
import type { PublicationGate } from './faults/publication-gate.ts';
import { DEFAULT_GARCH, garchT } from './law/garch-t.ts';
import type { ProcessFactory } from './law/return-process.ts';
import { stochasticVolatility } from './law/stochastic-volatility.ts';
import { HOUR_MS, isRootInterval } from './market/bar-node.ts';
import { BarTree } from './market/bar-tree.ts';
import { createInstrument } from './market/instrument.ts';
import type { MarketData } from './market/market-data.ts';
import { RootPath } from './market/root-path.ts';
import { SyntheticMarket } from './market/synthetic-market.ts';
import { SyntheticSymbol } from './market/synthetic-symbol.ts';
import {
  DEFAULT_SEED,
  DEFAULT_SYMBOLS,
  defaultListing,
  type ExchangeOptions,
  type MarketLaw,
} from './options.ts';
import { readCapture } from './replay/capture.ts';
import { captureSymbol } from './replay/captured-symbol.ts';
import { ReplayMarket } from './replay/replay-market.ts';
import { ReplayPlayer } from './replay/replay-player.ts';
import type { LivePlayer } from './wire/live-player.ts';
import { LiveTape } from './wire/live-tape.ts';
import type { StreamHub } from './wire/stream-hub.ts';

export interface Venue {
  readonly market: MarketData;
  readonly clock: MarketClock;
  readonly player: (hub: StreamHub, gate: PublicationGate) => LivePlayer;
}

const DEFAULT_TRADES_PER_SECOND = 5;

export async function openVenue(options: ExchangeOptions): Promise<Venue> {
  return options.capture === undefined ? syntheticVenue(options) : replayVenue(options, options.capture);
}

function syntheticVenue(options: ExchangeOptions): Venue {
  const clock = new MarketClock(options.startMs ?? Date.now(), options.timeScale ?? 1);
  const seed = options.seed ?? DEFAULT_SEED;
  const rootIntervalMs = options.rootIntervalMs ?? HOUR_MS;
  if (!isRootInterval(rootIntervalMs)) throw new RangeError(`no bars of ${rootIntervalMs} ms can be roots`);
  const listedMs = options.listedMs ?? defaultListing(clock.nowUs() / 1000, rootIntervalMs);
  const tradesPerSecond = options.tradesPerSecond ?? DEFAULT_TRADES_PER_SECOND;
  const processOf = createLaw(options.law, seed, rootIntervalMs);
  const symbols = (options.symbols ?? DEFAULT_SYMBOLS).map((name) => {
    const instrument = createInstrument(name);
    const process = processOf(instrument);
    const path = new RootPath({ seed, instrument, process, rootIntervalMs, listedMs, tradesPerSecond });
    return new SyntheticSymbol(instrument, new BarTree(path, seed, instrument.streamKey), seed);
  });
  const market = new SyntheticMarket(symbols);
  return { market, clock, player: (hub, gate) => new LiveTape(market, clock, hub, gate) };
}

function createLaw(law: MarketLaw | undefined, seed: number, rootIntervalMs: number): ProcessFactory {
  if (law?.kind !== 'garch-t') return stochasticVolatility(seed, rootIntervalMs);
  return garchT(seed, rootIntervalMs, { ...DEFAULT_GARCH, ...law });
}

async function replayVenue(options: ExchangeOptions, files: readonly string[]): Promise<Venue> {
  const frames = await readCapture(files);
  const names = new Set(frames.map((frame) => frame.stream.split('@', 1)[0]!.toUpperCase()));
  const market = new ReplayMarket([...names].sort().map((name) => captureSymbol(name, frames)));
  const clock = new MarketClock(frames[0]!.atUs / 1000, options.timeScale ?? 1, options.waitForStreams === 0);
  return { market, clock, player: (hub) => new ReplayPlayer(frames, market, clock, hub) };
}
