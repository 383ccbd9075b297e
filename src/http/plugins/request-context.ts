/**
 * What every request carries: its id, its trace, its time, and one log line when it ends.
 * Flow: first hook in -> ... -> last hook out
 * The caller's X-Request-Id is kept where it is harmless text; traceparent becomes the parent span.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { endRequestSpan, inContext, type RequestSpan, startRequestSpan } from '#telemetry/tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    requestSpan: RequestSpan | undefined;
    /** Time of the calculation itself, for Server-Timing. Units: milliseconds. */
    calcMs: number | undefined;
  }
  interface FastifyContextConfig {
    /** Routes that are asked every few seconds by machines: not logged, not traced. */
    quiet?: boolean;
    /** Answers that last as long as the client stays: not timed. */
    endless?: boolean;
  }
}

const REQUEST_ID = /^[\w.:@/+=-]{1,128}$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

export function requestId(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

export interface RequestContextOptions {
  readonly tracing: boolean;
}

export const requestContextPlugin = plugin(
  (app: FastifyInstance, options: RequestContextOptions, done) => {
    app.decorateRequest('requestSpan', undefined);
    app.decorateRequest('calcMs', undefined);

    app.addHook('onRequest', (request, reply, next) => {
      reply.header('x-request-id', request.id);
      const { url, config } = request.routeOptions;
      if (options.tracing && config.quiet !== true)
        request.requestSpan = startRequestSpan(`${request.method} ${url ?? 'unmatched'}`, request.headers, {
          'http.request.method': request.method,
          'http.route': url ?? 'unmatched',
          'request.id': request.id,
        });
      next();
    });

    // After the body: the parser's events run outside any context that was set before it.
    app.addHook('preValidation', (request, _reply, next) => {
      if (request.requestSpan === undefined) next();
      else inContext(request.requestSpan, next);
    });

    app.addHook('onSend', (request, reply, _payload, next) => {
      const total = `total;dur=${reply.elapsedTime.toFixed(2)}`;
      const { calcMs } = request;
      reply.header('server-timing', calcMs === undefined ? total : `calc;dur=${calcMs.toFixed(3)}, ${total}`);
      next();
    });

    app.addHook('onResponse', (request, reply, next) => {
      if (request.requestSpan !== undefined) endRequestSpan(request.requestSpan, reply.statusCode);
      if (request.routeOptions.config.quiet !== true)
        logRequest(request, reply.statusCode, reply.elapsedTime);
      next();
    });
    done();
  },
  { name: 'request-context', dependencies: ['errors'] },
);

function logRequest(request: FastifyRequest, status: number, elapsedMs: number): void {
  const line = {
    method: request.method,
    route: request.routeOptions.url ?? 'unmatched',
    status,
    durationMs: Math.round(elapsedMs * 1000) / 1000,
    caller: request.principal?.id,
    traceId: traceId(request),
  };
  if (status >= 500) request.log.warn(line, 'request');
  else request.log.info(line, 'request');
}

function traceId(request: FastifyRequest): string | undefined {
  const own = request.requestSpan?.span.spanContext().traceId;
  if (own !== undefined) return own;
  const given = request.headers['traceparent'];
  return typeof given === 'string' ? TRACEPARENT.exec(given)?.[1] : undefined;
}
