/**
 * Counts and times every request by route pattern, never by raw path, so the label values stay few.
 * Flow: onRequest -> onResponse -> registry
 */
import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import type { Metrics } from '#telemetry/metrics.ts';

const UNMATCHED = 'unmatched';

interface Series {
  readonly inc: (value?: number) => void;
}

export const httpMetricsPlugin = plugin(
  (app: FastifyInstance, { metrics }: { readonly metrics: Metrics }, done) => {
    // Label lookups in the client library cost more than the count itself: children are kept.
    const counters = new Map<string, Series>();
    const inFlight = metrics.httpInFlight.labels();
    const timers = new Map<string, { observe: (value: number) => void }>();

    app.addHook('onRequest', (_request, _reply, next) => {
      inFlight.inc();
      next();
    });

    app.addHook('onResponse', (request, reply, next) => {
      inFlight.dec();
      const route = request.routeOptions.url ?? UNMATCHED;
      const { method } = request;
      const series = `${method} ${route}`;
      const counted = `${series} ${reply.statusCode}`;
      let counter = counters.get(counted);
      if (counter === undefined) {
        counter = metrics.httpRequests.labels({ route, method, code: String(reply.statusCode) });
        counters.set(counted, counter);
      }
      counter.inc();
      if (request.routeOptions.config.endless !== true) {
        let timer = timers.get(series);
        if (timer === undefined) {
          timer = metrics.httpDuration.labels({ route, method });
          timers.set(series, timer);
        }
        timer.observe(reply.elapsedTime / 1000);
      }
      next();
    });
    done();
  },
  { name: 'http-metrics', dependencies: ['request-context'] },
);
