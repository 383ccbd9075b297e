/**
 * What ingest can be told, and what it assumes where it is told nothing.
 * Units: milliseconds where a name ends in Ms.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { FeedEvent, MarketFeed } from '#feed/market-feed.ts';
import { type IngestMetrics, NO_METRICS } from './ingest-metrics.ts';

export interface IngestOptions {
  readonly symbols: readonly string[];
  readonly feed: MarketFeed;
  /** Ticks; rounded up to a power of two. */
  readonly ringCapacity: number;
  /** Bar intervals beside the base interval of one minute. */
  readonly intervals: readonly number[];
  readonly clock: { nowMs(): number };
  /** Each closed bar once, in time order for each symbol and interval. */
  readonly onBar: (symbolIndex: number, bar: Bar) => void;
  readonly metrics?: IngestMetrics;
  /** Feed events, at most one a second for each kind and symbol. */
  readonly onEvent?: (event: FeedEvent) => void;
  readonly barCapacity?: number;
  /** Seconds between the points of one sub-grid of the realised variance. */
  readonly varianceStep?: number;
  /**
   * `mid`: from quotes where they were there for the whole bar. `trades`: from trades alone, which every replica
   * and every repair sees alike.
   */
  readonly varianceFrom?: 'mid' | 'trades';
  /** After a bar's end, the time its last trades get before the exchange is asked whether it is whole. */
  readonly graceMs?: number;
  readonly repairAfterMs?: number;
  readonly staleMs?: number;
  readonly checkEveryMs?: number;
}

export const INGEST_DEFAULTS = {
  barCapacity: 4096,
  varianceStep: 5,
  varianceFrom: 'mid' as const,
  graceMs: 2000,
  repairAfterMs: 5000,
  staleMs: 10_000,
  checkEveryMs: 500,
  metrics: NO_METRICS,
  onEvent: () => undefined,
};
