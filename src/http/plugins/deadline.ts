/**
 * A time limit and a cancel signal for every guarded request. The framework's own limit is not used: its
 * signal follows the request stream, which closes as soon as a body has been read, so a POST would be
 * cancelled at once and never time out. Ours follows the response.
 * Flow:  onRequest -> request.cancel -> engine; the limit answers 504 by itself
 * Units: milliseconds.
 */
import type { FastifyInstance } from 'fastify';
import plugin from 'fastify-plugin';
import { Problem } from '../problems.ts';
import { sendProblem } from './errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Aborted when the time is up (reason: the timeout problem) or the client has gone. */
    cancel: AbortSignal;
  }
}

const NEVER = new AbortController().signal;

export const deadlinePlugin = plugin(
  (app: FastifyInstance, { timeoutMs }: { readonly timeoutMs: number }, done) => {
    app.decorateRequest('cancel', { getter: () => NEVER });
    app.addHook('onRequest', (request, reply, next) => {
      const controller = new AbortController();
      Object.defineProperty(request, 'cancel', { value: controller.signal });
      const timer =
        request.routeOptions.config.endless === true
          ? undefined
          : setTimeout(() => {
              const problem = new Problem('timeout', `No answer within ${timeoutMs} ms`);
              controller.abort(problem);
              if (!reply.sent) sendProblem(problem, request, reply);
            }, timeoutMs);
      reply.raw.once('close', () => {
        clearTimeout(timer);
        if (!reply.raw.writableFinished) controller.abort();
      });
      next();
    });
    done();
  },
  { name: 'deadline', dependencies: ['errors'] },
);
