/** The Prometheus page. Flow: registry -> scraper. Served on its own port in production. */
import type { FastifyPluginAsync } from 'fastify';
import type { Metrics } from '#telemetry/metrics.ts';

export const metricsRoutes: FastifyPluginAsync<{ readonly metrics: Metrics }> = async (app, { metrics }) => {
  app.get('/metrics', { schema: { hide: true }, config: { quiet: true } }, async (_request, reply) => {
    const page = await metrics.registry.metrics();
    return reply.type(metrics.registry.contentType).send(page);
  });
};
