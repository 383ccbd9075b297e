/**
 * What probes ask. Liveness knows nothing of dependencies; readiness is the engine's word and the drain;
 * the full picture lists every check with its age.
 * Flow: engine.health() -> probes, deployment gates
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import type { RiskEngine } from '#engine/risk-engine.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import type { Drain } from '../drain.ts';

/** The latency objective of a health answer. */
const SLOW_SECONDS = 0.5;

export interface HealthRouteOptions {
  readonly engine: RiskEngine;
  readonly drain: Drain;
  readonly metrics: Metrics;
  readonly version: string;
  readonly color: string;
}

const ProbeAnswer = Type.Object({ status: Type.String({ description: 'ok, or why not' }) });

const HealthAnswer = Type.Object({
  status: Type.String({ description: 'ok, degraded or failed' }),
  ready: Type.Boolean(),
  started: Type.Boolean(),
  draining: Type.Boolean(),
  provenance: Type.String({ description: 'binance, replay or synthetic' }),
  version: Type.String(),
  color: Type.String(),
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      status: Type.String({ description: 'ok, degraded, failed or unknown' }),
      ageMs: Type.Number(),
      detail: Type.Optional(Type.String()),
    }),
  ),
});

export const healthRoutes: FastifyPluginAsyncTypebox<HealthRouteOptions> = async (app, options) => {
  const { engine, drain, metrics, version, color } = options;

  function answered(probe: string, good: boolean, reply: FastifyReply): void {
    const seconds = reply.elapsedTime / 1000;
    metrics.healthChecks.inc({ probe, result: good ? 'ok' : 'failed' });
    metrics.healthDuration.observe({ probe }, seconds);
    const slow = seconds > SLOW_SECONDS;
    metrics.sloEvents.inc({ slo: 'health-latency', outcome: slow ? 'bad' : 'good' });
    reply.code(good ? 200 : 503).header('cache-control', 'no-store');
  }

  const probe = (name: string, judge: () => string) =>
    app.get(
      `/health/${name}`,
      {
        config: { quiet: true },
        schema: { tags: ['health'], response: { 200: ProbeAnswer, 503: ProbeAnswer } },
      },
      (_request, reply) => {
        const status = judge();
        answered(name, status === 'ok', reply);
        return { status };
      },
    );

  probe('live', () => 'ok');
  probe('ready', () => {
    if (drain.draining) return 'draining';
    return engine.health().ready ? 'ok' : 'not-ready';
  });
  probe('startup', () => (engine.health().started ? 'ok' : 'starting'));

  app.get(
    '/health',
    {
      config: { quiet: true },
      schema: { tags: ['health'], response: { 200: HealthAnswer, 503: HealthAnswer } },
    },
    (_request, reply) => {
      const health = engine.health();
      const draining = health.draining || drain.draining;
      const ready = health.ready && !draining;
      answered('full', ready && health.status !== 'failed', reply);
      const { status, started, provenance, checks } = health;
      return { status, ready, started, draining, provenance, version, color, checks: [...checks] };
    },
  );
};
