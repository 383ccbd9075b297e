/**
 * Counts what passes, and hands the counts on in batches.
 * Flow: ingest (every tick and event) -> here -> ingest-metrics (every flush).
 */
import type { FeedEvent, FeedStatus } from '#feed/market-feed.ts';
import type { IngestMetrics, IngestStream } from './ingest-metrics.ts';

const STREAMS: readonly IngestStream[] = ['trade', 'quote', 'kline'];

export class IngestTally {
  readonly #metrics: IngestMetrics;
  readonly #seen = { trade: 0, quote: 0, kline: 0 };
  readonly #lastMs = { trade: 0, quote: 0, kline: 0 };
  #ringMissed = 0;

  constructor(metrics: IngestMetrics) {
    this.#metrics = metrics;
  }

  message(stream: IngestStream, receiveMs: number): void {
    this.#seen[stream] += 1;
    this.#lastMs[stream] = receiveMs;
  }

  lag(seconds: number): void {
    if (seconds >= 0) this.#metrics.lag('trade', seconds);
  }

  event(event: FeedEvent): void {
    const count = event.count ?? 1;
    if (event.kind === 'parse-error') this.#metrics.messages('trade', 'invalid', count);
    else if (event.kind === 'duplicate') this.#metrics.messages('trade', 'dropped', count);
    else if (event.kind === 'gap') this.#metrics.messages('trade', 'gap', count);
    else if (event.kind === 'reconnect') this.#metrics.reconnect(event.message ?? 'unknown');
  }

  flush(status: FeedStatus, ringMissed: number): void {
    for (const stream of STREAMS) {
      if (this.#seen[stream] > 0) {
        this.#metrics.messages(stream, 'ok', this.#seen[stream]);
        this.#metrics.lastMessage(stream, this.#lastMs[stream] / 1000);
        this.#seen[stream] = 0;
      }
    }
    this.#metrics.connections(status.connections);
    if (ringMissed > this.#ringMissed) this.#metrics.ringMissed(ringMissed - this.#ringMissed);
    this.#ringMissed = ringMissed;
  }
}
