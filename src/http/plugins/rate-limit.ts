/**
 * Request weight per caller: one bucket per token, one per address for callers without a valid one,
 * so guessing tokens is slowed without punishing others behind the same address.
 * Flow:  auth -> takeWeight -> RateLimit headers -> route | 429 with Retry-After
 * Units: weight; a route costs `config.weight`, 1 by default, and may charge more once it knows the size.
 * Header fields: IETF draft-ietf-httpapi-ratelimit-headers-09.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import type { Metrics } from '#telemetry/metrics.ts';
import { Problem } from '../problems.ts';
import { createRateLimiter, type RateDecision } from '../rate-limiter.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Throws the 429 problem when the caller has used up its weight; the route's own weight by default. */
    takeWeight(request: FastifyRequest, reply: FastifyReply, weight?: number): void;
    /** The same for a refused caller, by address. */
    takeFailure(request: FastifyRequest): void;
  }
  interface FastifyContextConfig {
    /** Cost of one call against the caller's rate; 1 by default. */
    weight?: number;
  }
}

/** A caller may save up this many seconds of its rate. */
const BURST_SECONDS = 5;
const FAILURES_PER_SECOND = 2;
const FAILURE_BURST = 60;

export interface RateLimitOptions {
  readonly ratePerSecond: number;
  readonly metrics: Metrics;
}

export const rateLimitPlugin = plugin(
  (app: FastifyInstance, { ratePerSecond, metrics }: RateLimitOptions, done) => {
    const callers = createRateLimiter({ ratePerSecond, burst: ratePerSecond * BURST_SECONDS });
    const failures = createRateLimiter({ ratePerSecond: FAILURES_PER_SECOND, burst: FAILURE_BURST });
    const policy = `"caller";q=${callers.burst};w=${callers.windowSeconds}`;

    app.decorate('takeWeight', (request: FastifyRequest, reply: FastifyReply, weight?: number) => {
      const cost = weight ?? request.routeOptions.config.weight ?? 1;
      const decision = callers.take(request.principal?.id ?? request.ip, cost);
      reply.header('ratelimit-policy', policy);
      reply.header('ratelimit', `"caller";r=${decision.remaining};t=${Math.ceil(decision.resetMs / 1000)}`);
      if (!decision.allowed) throw refused('caller', decision);
    });

    app.decorate('takeFailure', (request: FastifyRequest) => {
      const decision = failures.take(request.ip, 1);
      if (!decision.allowed) throw refused('address', decision);
    });

    function refused(scope: string, { retryMs }: RateDecision): Problem {
      metrics.rateLimited.inc({ scope });
      const seconds = Math.max(1, Math.ceil(retryMs / 1000));
      return new Problem('rate-limited', `Try again in ${seconds} s`, {
        headers: { 'retry-after': String(seconds) },
      });
    }
    done();
  },
  { name: 'rate-limit', dependencies: ['http-metrics'] },
);
