/**
 * Ingest on a scripted feed with a clock that the test sets: what goes in is chosen, what comes out is kept.
 */
import type { Bar } from '../../src/domain/market/bar.ts';
import { createIngest, type Ingest } from '../../src/engine/ingest.ts';
import { type IngestMetrics, NO_METRICS } from '../../src/engine/ingest-metrics.ts';
import type { IngestOptions } from '../../src/engine/ingest-options.ts';
import type { FeedEvent } from '../../src/feed/market-feed.ts';
import { type ScriptedFeed, scriptedFeed } from './scripted-feed.ts';

export const MINUTE = 60_000;
export const START = 1_723_161_600_000;

export interface IngestBench extends AsyncDisposable {
  readonly feed: ScriptedFeed;
  readonly ingest: Ingest;
  readonly bars: Bar[];
  readonly events: FeedEvent[];
  readonly counts: Record<string, number>;
  /** Our clock; the scripted exchange's is the same. */
  setNow(ms: number): void;
}

export async function openIngest(
  options: Partial<IngestOptions> = {},
  prepare: (feed: ScriptedFeed) => void = () => undefined,
): Promise<IngestBench> {
  const feed = scriptedFeed(['BTCUSDT']);
  prepare(feed);
  const bars: Bar[] = [];
  const events: FeedEvent[] = [];
  const counts: Record<string, number> = {};
  const count = (name: string, by = 1) => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  let nowMs = START;
  const metrics: IngestMetrics = {
    ...NO_METRICS,
    messages: (stream, result, by) => count(`${stream}/${result}`, by),
    bar: (intervalMs, outcome) => count(`${intervalMs}/${outcome}`),
    mismatch: () => count('mismatch'),
  };
  const ingest = createIngest({
    symbols: ['BTCUSDT'],
    feed,
    ringCapacity: 64,
    intervals: [],
    clock: { nowMs: () => nowMs },
    onBar: (_, bar) => bars.push(bar),
    onEvent: (event) => events.push(event),
    metrics,
    checkEveryMs: 5,
    repairAfterMs: 20,
    ...options,
  });
  await ingest.start();
  return {
    feed,
    ingest,
    bars,
    events,
    counts,
    setNow: (ms) => {
      nowMs = ms;
    },
    [Symbol.asyncDispose]: () => ingest.close(),
  };
}

/** Microseconds at a minute and second after START. */
export function at(minute: number, second: number): number {
  return (START + minute * MINUTE + second * 1000) * 1000;
}

export function exchangeBar(minute: number, fields: Partial<Bar> = {}): Bar {
  return {
    openTimeMs: START + minute * MINUTE,
    intervalMs: MINUTE,
    open: 100,
    high: 100,
    low: 100,
    close: 100,
    volume: 1,
    trades: 1,
    realisedVariance: Number.NaN,
    complete: true,
    ...fields,
  };
}
