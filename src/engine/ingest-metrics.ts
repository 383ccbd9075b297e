/**
 * What ingest counts, as a port: the service adapts it to its metrics library, tests to arrays.
 * Labels are bounded; counts come in batches, so that a busy stream costs no call per message.
 */
export type IngestStream = 'trade' | 'quote' | 'kline';

export interface IngestMetrics {
  messages(stream: IngestStream, result: 'ok' | 'invalid' | 'gap' | 'dropped', count: number): void;
  /** Receive time minus event time of a live trade, offset-corrected, never negative. */
  lag(stream: IngestStream, seconds: number): void;
  lastMessage(stream: IngestStream, epochSeconds: number): void;
  connections(count: number): void;
  reconnect(reason: string): void;
  bar(intervalMs: number, outcome: 'complete' | 'incomplete' | 'repaired'): void;
  /** One of our complete bars differs from the exchange's own. */
  mismatch(symbolIndex: number): void;
  /** Ticks that a reader of the ring never saw. */
  ringMissed(count: number): void;
}

export const NO_METRICS: IngestMetrics = {
  messages: () => undefined,
  lag: () => undefined,
  lastMessage: () => undefined,
  connections: () => undefined,
  reconnect: () => undefined,
  bar: () => undefined,
  mismatch: () => undefined,
  ringMissed: () => undefined,
};
