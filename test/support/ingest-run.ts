/**
 * One run of feed and ingest against an exchange: what came in, and the bars that came out.
 */

import type { Bar } from '../../src/domain/market/bar.ts';
import { createIngest } from '../../src/engine/ingest.ts';
import { NO_METRICS } from '../../src/engine/ingest-metrics.ts';
import type { IngestOptions } from '../../src/engine/ingest-options.ts';
import { createBinanceFeed } from '../../src/feed/binance/binance-feed.ts';
import type { BinanceFeedOptions } from '../../src/feed/binance/options.ts';
import type { FeedEvent } from '../../src/feed/market-feed.ts';

export interface IngestRun extends AsyncDisposable {
  readonly ingest: ReturnType<typeof createIngest>;
  readonly events: readonly FeedEvent[];
  /** Trades that came off a stream and were delivered. */
  readonly liveTrades: number;
  /** Closed bars by symbol, of one interval, in the order of their publication. */
  bars(symbolIndex: number, intervalMs?: number): readonly Bar[];
}

export interface IngestRunOptions {
  readonly url: string;
  readonly wsUrl: string;
  readonly feed: Omit<BinanceFeedOptions, 'streamBases' | 'restBases'>;
  readonly ingest?: Partial<IngestOptions>;
}

export async function startIngest({ url, wsUrl, feed, ingest }: IngestRunOptions): Promise<IngestRun> {
  const closed: [number, Bar][] = [];
  const events: FeedEvent[] = [];
  let liveTrades = 0;
  const run = createIngest({
    symbols: feed.symbols,
    feed: createBinanceFeed({ ...feed, streamBases: [wsUrl], restBases: [url] }),
    ringCapacity: 65_536,
    intervals: [],
    clock: { nowMs: () => Date.now() },
    onBar: (symbolIndex, bar) => closed.push([symbolIndex, bar]),
    onEvent: (event) => events.push(event),
    metrics: {
      ...NO_METRICS,
      messages: (stream, result, count) => {
        if (stream === 'trade' && result === 'ok') liveTrades += count;
      },
    },
    checkEveryMs: 20,
    repairAfterMs: 200,
    ...ingest,
  });
  await run.start();
  return {
    ingest: run,
    events,
    get liveTrades() {
      return liveTrades;
    },
    bars: (symbolIndex, intervalMs = 60_000) =>
      closed
        .filter(([index, bar]) => index === symbolIndex && bar.intervalMs === intervalMs)
        .map(([, bar]) => bar),
    [Symbol.asyncDispose]: () => run.close(),
  };
}
