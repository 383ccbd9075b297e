/**
 * The HTTP application: registration only, in the order in which a request passes.
 * Flow:  errors -> request context -> security headers -> metrics -> (open routes | load shedding ->
 *        rate limit -> auth -> /v1 routes)
 * The order is the contract: a plugin names those it needs and the start fails where one is missing.
 */
import type { Server as SecureServer } from 'node:https';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { RiskEngine } from '#engine/risk-engine.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import { clientError } from './client-error.ts';
import { createDrain, type Drain } from './drain.ts';
import type { EventLog } from './event-log.ts';
import { authPlugin } from './plugins/auth.ts';
import { deadlinePlugin } from './plugins/deadline.ts';
import { docsPlugin } from './plugins/docs.ts';
import { drainPlugin } from './plugins/drain.ts';
import { errorsPlugin, sendProblem, toProblem } from './plugins/errors.ts';
import { httpMetricsPlugin } from './plugins/http-metrics.ts';
import { type IdempotencyKeys, idempotencyPlugin } from './plugins/idempotency.ts';
import { loadSheddingPlugin } from './plugins/load-shedding.ts';
import { rateLimitPlugin } from './plugins/rate-limit.ts';
import { requestContextPlugin, requestId } from './plugins/request-context.ts';
import { securityPlugin } from './plugins/security.ts';
import { healthRoutes } from './routes/health.ts';
import { marketDataRoutes } from './routes/market-data.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { streamRoutes } from './routes/stream.ts';
import { varRoutes } from './routes/var.ts';
import type { TlsMaterial } from './tls.ts';
import type { TokenAuthority } from './tokens.ts';
import { type AnswerRecorder, createValuation, type Valuation } from './valuation.ts';

export interface HttpOptions {
  readonly version: string;
  readonly color: string;
  readonly bodyLimitBytes: number;
  readonly requestTimeoutMs: number;
  readonly rateLimitPerSecond: number;
  /** Serve /metrics on this port too; off where a port of its own does. */
  readonly metricsOnMainPort: boolean;
  readonly tracing?: boolean;
  /** PEM texts; with them the listener speaks HTTPS. */
  readonly tls?: TlsMaterial | undefined;
  readonly maxEventLoopDelayMs?: number;
}

/** Registers the routes of one room inside the guarded scope, below /v1. */
export type RoutePlugin = (
  guarded: FastifyInstance,
  shared: { readonly valuation: Valuation },
) => PromiseLike<unknown>;

export interface AppDeps {
  readonly engine: RiskEngine;
  readonly options: HttpOptions;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tokens: TokenAuthority;
  readonly drain?: Drain;
  /** With it there is GET /v1/stream. */
  readonly events?: EventLog;
  /** Keeps the answers of creating calls; routes ask for it by `config.idempotent`. */
  readonly idempotency?: IdempotencyKeys;
  readonly routes?: readonly RoutePlugin[];
  /** Audits every answer. */
  readonly answers?: AnswerRecorder;
}

/** Longer than the idle time of common gateways, so that they close first. */
const KEEP_ALIVE_MS = 72_000;
const LOOP_DELAY_MS = 250;

export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const { engine, options, logger, metrics, tokens, drain = createDrain() } = deps;
  const { events, idempotency, routes = [] } = deps;
  const { version, color } = options;
  const app = createServer(options, logger);
  const valuation = createValuation(engine, metrics, deps.answers);

  await app.register(errorsPlugin);
  await app.register(requestContextPlugin, { tracing: options.tracing ?? false });
  await app.register(securityPlugin);
  await app.register(httpMetricsPlugin, { metrics });
  await app.register(drainPlugin, { drain });
  await app.register(docsPlugin, { version });

  await app.register(async (open) => {
    await open.register(healthRoutes, { engine, drain, metrics, version, color });
    if (options.metricsOnMainPort) await open.register(metricsRoutes, { metrics });
  });

  await app.register(
    async (guarded) => {
      await guarded.register(deadlinePlugin, { timeoutMs: options.requestTimeoutMs });
      await guarded.register(loadSheddingPlugin, {
        maxEventLoopDelayMs: options.maxEventLoopDelayMs ?? LOOP_DELAY_MS,
      });
      await guarded.register(rateLimitPlugin, { ratePerSecond: options.rateLimitPerSecond, metrics });
      await guarded.register(authPlugin, { tokens, metrics });
      if (idempotency !== undefined) await guarded.register(idempotencyPlugin, { keys: idempotency });
      await guarded.register(varRoutes, { engine, valuation });
      await guarded.register(marketDataRoutes, { engine });
      if (events !== undefined) await guarded.register(streamRoutes, { events, drain, metrics });
      for (const register of routes) await register(guarded, { valuation });
    },
    { prefix: '/v1' },
  );
  await app.ready();
  return app;
}

function createServer(options: HttpOptions, logger: Logger): FastifyInstance {
  const { bodyLimitBytes, requestTimeoutMs, tls } = options;
  const common = {
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false,
    clientErrorHandler: clientError,
    // Raised before routing, where no hook runs.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(toProblem(error), request, reply.header('x-request-id', request.id)),
    routerOptions: { maxParamLength: 128 },
  };
  const server = tls === undefined ? Fastify(common) : Fastify({ ...common, https: tls });
  const app = server as unknown as FastifyInstance;
  if (tls !== undefined) {
    const stop = tls.onRenewal?.((pair) => (app.server as unknown as SecureServer).setSecureContext(pair));
    app.addHook('onClose', async () => stop?.());
  }
  // Only JSON is read: everything else is 415.
  app.removeContentTypeParser('text/plain');
  return app
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler) as unknown as FastifyInstance;
}
