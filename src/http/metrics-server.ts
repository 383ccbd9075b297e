/**
 * The metrics page on a port of its own, which no gateway routes to.
 * Flow: registry -> scraper
 */
import Fastify, { type FastifyInstance } from 'fastify';
import type { Metrics } from '#telemetry/metrics.ts';
import { errorsPlugin } from './plugins/errors.ts';
import { metricsRoutes } from './routes/metrics.ts';

export async function buildMetricsServer(metrics: Metrics): Promise<FastifyInstance> {
  const app = Fastify({ return503OnClosing: false });
  await app.register(errorsPlugin);
  await app.register(metricsRoutes, { metrics });
  await app.ready();
  return app;
}
