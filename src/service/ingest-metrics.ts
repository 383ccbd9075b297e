/** Ingest's counts as Prometheus series. Flow: engine/ingest -> here -> telemetry/metrics. */
import type { IngestMetrics } from '#engine/ingest-metrics.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export function ingestMetrics(metrics: Metrics): IngestMetrics {
  return {
    messages: (stream, result, count) => metrics.feedMessages.inc({ stream, result }, count),
    lag: (stream, seconds) => metrics.feedLag.observe({ stream }, seconds),
    lastMessage: (stream, epochSeconds) => metrics.feedLastMessage.set({ stream }, epochSeconds),
    connections: (count) => metrics.feedConnections.set({ stream: 'market' }, count),
    reconnect: (reason) => metrics.feedReconnects.inc({ stream: 'market', reason }),
    bar: (intervalMs, outcome) => metrics.bars.inc({ interval: String(intervalMs / 1000), outcome }),
    mismatch: () => metrics.bars.inc({ interval: '60', outcome: 'mismatch' }),
    ringMissed: (count) => metrics.ringOverwrites.inc(count),
  };
}
