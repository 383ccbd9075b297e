/**
 * What can be asked of an exchange, and what it does when nothing is asked.
 * Units: milliseconds of wall time unless said otherwise.
 */
import type { GarchParameters } from './law/garch-t.ts';
import type { AccountOptions } from './rest/account-endpoint.ts';
import type { LinkRules } from './wire/link.ts';

export type MarketLaw =
  | { readonly kind: 'stochastic-volatility' }
  | ({ readonly kind: 'garch-t' } & Partial<GarchParameters>);

export interface ExchangeOptions {
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port?: number;
  readonly seed?: number;
  readonly symbols?: readonly string[];
  /** Mean trades per second of market time, for each symbol. */
  readonly tradesPerSecond?: number;
  /** Market time at the start, milliseconds since the epoch. */
  readonly startMs?: number;
  /** Market seconds per wall second; the speed of a replay. */
  readonly timeScale?: number;
  /** Capture files to replay instead of the synthetic market. */
  readonly capture?: readonly string[];
  /** A replay starts once this many streams have listeners (default 1); 0 starts at once. */
  readonly waitForStreams?: number;
  /** Width of the bars the return law speaks of: 1m, 5m, 15m, 1h (default), 4h or 1d. */
  readonly rootIntervalMs?: number;
  readonly law?: MarketLaw;
  /** First moment of listed history; fixed by the calendar by default, so a restart tells the same story. */
  readonly listedMs?: number;
  /** How far REST klines and trades lag behind the streams, in market milliseconds. */
  readonly restLagMs?: number;
  readonly weightLimit?: number;
  /** Opens the signed account endpoint, with these keys and balances. */
  readonly account?: AccountOptions;
  /** Stream connections one address may attempt in five minutes. */
  readonly connectionLimit?: number;
  readonly rules?: Partial<LinkRules>;
  /** Period of the publishing loop. */
  readonly tickMs?: number;
}

export const DEFAULT_SEED = 1;
export const DEFAULT_SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'] as const;

export const DEFAULT_RULES: LinkRules = {
  pingEveryMs: 20_000,
  pongWithinMs: 60_000,
  messagesPerSecond: 5,
  streamsPerLink: 1024,
  lifeMs: 24 * 3_600_000,
  bufferedBytes: 64 * 1024 * 1024,
};

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A calendar date far enough back for tens of thousands of root bars, near enough to draw them in a moment. */
export function defaultListing(startMs: number, rootIntervalMs: number): number {
  const start = new Date(startMs);
  const year = start.getUTCFullYear();
  const month = start.getUTCMonth();
  if (rootIntervalMs >= HOUR_MS) return Date.UTC(year - 7, 0, 1);
  if (rootIntervalMs >= 15 * MINUTE_MS) return Date.UTC(year, month - 18, 1);
  if (rootIntervalMs >= 5 * MINUTE_MS) return Date.UTC(year, month - 6, 1);
  return Date.UTC(year, month - 1, 1);
}
