/**
 * What the Binance feed can be told, and what it does when it is told nothing.
 * Units: milliseconds where a name ends in Ms.
 */
import { type FeedClock, SYSTEM_CLOCK } from './clock.ts';
import type { GapLimits } from './gap-filler.ts';
import type { KeeperLimits } from './link-keeper.ts';
import type { SilenceLimits } from './stream-watch.ts';
import type { TradeStream } from './trade-source.ts';

export interface FeedLimits extends KeeperLimits {
  readonly gap: GapLimits;
  readonly silence: SilenceLimits;
  /** Live trades held for one symbol while a hole is filled. */
  readonly heldTrades: number;
  readonly connectGapMs: number;
  readonly symbolsPerLink: number;
  readonly restTimeoutMs: number;
  readonly restWeight: number;
  readonly clockProbeMs: number;
  readonly clockWarnMs: number;
  /** How often the watchdogs look. */
  readonly watchMs: number;
  /** After a link came up, the pause before each symbol is compared with REST. */
  readonly settleAfterMs: number;
  /** Least time between two replacements of a link for the sake of a stalled stream. */
  readonly stallReplaceMs: number;
}

export interface BinanceFeedOptions {
  /** Upper-case exchange symbols; their order gives the symbol indices. */
  readonly symbols: readonly string[];
  /** Stream bases in order of preference: a host, host:port, or a ws:// or wss:// URL. */
  readonly streamBases?: readonly string[];
  /** REST bases in order of preference: a host, host:port, or an http:// or https:// URL. */
  readonly restBases?: readonly string[];
  readonly tradeStream?: TradeStream;
  readonly quotes?: boolean;
  readonly klines?: readonly string[];
  readonly timeUnit?: 'millisecond' | 'microsecond';
  /** Hour of the day, UTC, at which links are preferably rotated. */
  readonly quietHourUtc?: number;
  readonly clock?: FeedClock;
  readonly random?: () => number;
  readonly limits?: { readonly [K in keyof FeedLimits]?: Partial<FeedLimits[K]> };
}

const DEFAULT_STREAM_BASES = [
  'data-stream.binance.vision',
  'stream.binance.com:443',
  'stream.binance.com:9443',
];
const DEFAULT_REST_BASES = ['data-api.binance.vision', 'api.binance.com'];
const HOUR_MS = 3_600_000;

const DEFAULT_LIMITS: FeedLimits = {
  link: { handshakeMs: 10_000, confirmMs: 15_000, idleMs: 10_000, controlGapMs: 250, subscribeRounds: 3 },
  backoff: { firstMs: 500, capMs: 30_000, resetAfterMs: 60_000 },
  rotation: { earliestMs: 20 * HOUR_MS, latestMs: 23 * HOUR_MS, quietHourUtc: undefined },
  overlapMs: 60_000,
  gap: { delayMs: 250, attempts: 8, retryMs: 250, pages: 50, holdMs: 120_000 },
  silence: { floorMs: 10_000, ceilingMs: 300_000 },
  heldTrades: 100_000,
  connectGapMs: 1000,
  symbolsPerLink: 100,
  restTimeoutMs: 10_000,
  restWeight: 6000,
  clockProbeMs: 60_000,
  clockWarnMs: 250,
  watchMs: 1000,
  settleAfterMs: 2000,
  stallReplaceMs: 60_000,
};

export interface ResolvedOptions {
  readonly symbols: readonly string[];
  readonly streamUrls: readonly string[];
  readonly restUrls: readonly string[];
  readonly tradeStream: TradeStream;
  readonly quotes: boolean;
  readonly klines: readonly string[];
  readonly microseconds: boolean;
  readonly clock: FeedClock;
  readonly random: () => number;
  readonly limits: FeedLimits;
}

export function resolveOptions(options: BinanceFeedOptions): ResolvedOptions {
  const { symbols, quietHourUtc } = options;
  if (symbols.length === 0) throw new RangeError('a feed needs at least one symbol');
  if (new Set(symbols).size !== symbols.length) throw new RangeError('symbols must differ');
  const microseconds = options.timeUnit === 'microsecond';
  const query = microseconds ? '?timeUnit=MICROSECOND' : '';
  const limits = mergeLimits(options.limits ?? {});
  return {
    symbols,
    streamUrls: (options.streamBases ?? DEFAULT_STREAM_BASES).map(
      (base) => `${originOf(base, 'wss')}/stream${query}`,
    ),
    restUrls: (options.restBases ?? DEFAULT_REST_BASES).map((base) => originOf(base, 'https')),
    tradeStream: options.tradeStream ?? 'aggTrade',
    quotes: options.quotes ?? true,
    klines: options.klines ?? ['1m'],
    microseconds,
    clock: options.clock ?? SYSTEM_CLOCK,
    random: options.random ?? Math.random,
    limits:
      quietHourUtc === undefined ? limits : { ...limits, rotation: { ...limits.rotation, quietHourUtc } },
  };
}

function originOf(base: string, scheme: string): string {
  const url = new URL(base.includes('://') ? base : `${scheme}://${base}`);
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

function mergeLimits(given: NonNullable<BinanceFeedOptions['limits']>): FeedLimits {
  const merged = Object.entries(DEFAULT_LIMITS).map(([name, standard]) => {
    const value = given[name as keyof FeedLimits];
    if (value === undefined) return [name, standard];
    return [name, typeof standard === 'object' ? { ...standard, ...(value as object) } : value];
  });
  return Object.fromEntries(merged) as FeedLimits;
}
