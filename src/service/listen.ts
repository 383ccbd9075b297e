/**
 * The HTTP side: tokens, routes, the listener, and the metrics port.
 * Flow: start-service -> here -> http.
 */
import { randomUUID } from 'node:crypto';
import type { Config } from '#config/load-config.ts';
import type { EventHub } from '#engine/event-hub.ts';
import type { Governance } from '#engine/governance.ts';
import type { RiskEngine } from '#engine/risk-engine.ts';
import { buildApp } from '#http/app.ts';
import type { Drain } from '#http/drain.ts';
import { createEventLog } from '#http/event-log.ts';
import { buildMetricsServer } from '#http/metrics-server.ts';
import { modelRoutes } from '#http/routes/models.ts';
import { loadTls } from '#http/tls.ts';
import type { Store } from '#store/ports/store.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import type { RecordKeeping } from './record-keeping.ts';
import { buildTokens } from './tokens.ts';

export interface ListenParts {
  readonly config: Config;
  readonly instanceId: string;
  readonly engine: RiskEngine;
  readonly governance: Governance;
  readonly store: Store;
  readonly records: RecordKeeping;
  readonly hub: EventHub;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly drain: Drain;
  readonly tracing: boolean;
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

export async function listen(parts: ListenParts): Promise<Listening> {
  const { config, engine, governance, store, records, hub, logger, metrics, drain, tracing } = parts;
  const { http, service } = config;
  const separateMetrics = http.metricsPort !== http.port;
  const tls =
    http.tlsCertFile === undefined || http.tlsKeyFile === undefined
      ? undefined
      : loadTls(http.tlsCertFile, http.tlsKeyFile, metrics);
  const events = createEventLog({ source: hub, metrics, epoch: randomUUID().slice(0, 8) });
  const app = await buildApp({
    engine,
    logger,
    metrics,
    drain,
    tokens: buildTokens(config, records.tokens),
    options: {
      version: service.version,
      color: service.color,
      bodyLimitBytes: http.bodyLimitBytes,
      requestTimeoutMs: http.requestTimeoutMs,
      rateLimitPerSecond: http.rateLimitPerSecond,
      metricsOnMainPort: !separateMetrics,
      tracing,
      tls,
    },
    events,
    idempotency: store.idempotency,
    answers: records.answers,
    routes: [
      async (guarded) => {
        await guarded.register(modelRoutes, { governance });
      },
      records.routes,
    ],
  });
  const url = await app.listen({ host: http.host, port: http.port });
  const metricsApp = separateMetrics ? await buildMetricsServer(metrics) : undefined;
  await metricsApp?.listen({ host: http.host, port: http.metricsPort });
  return {
    url,
    async close() {
      await app.close();
      events.close();
      await metricsApp?.close();
    },
  };
}
