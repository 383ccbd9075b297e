/**
 * A time limit and a cancel signal for every guarded request. The framework's own limit is not used: its
 * signal follows the request stream, which closes as soon as a body has been read, so a POST would be
 * cancelled at once and never time out. Ours follows the response.
 * Flow:  onRequest -> request.cancel -> engine; the limit answers 504 by itself
 * Units: milliseconds.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { Problem } from '../problems.ts';
import { sendProblem } from './errors.ts';

declare module 'fastify' {
  interface FastifyRequest {
    deadline: Deadline | undefined;
    /** Aborted when the time is up (reason: the timeout problem) or the client has gone. */
    readonly cancel: AbortSignal;
  }
}

class Deadline {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #timer: NodeJS.Timeout | undefined;
  /** Made when it is first asked for: most requests never do. */
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(request: FastifyRequest, reply: FastifyReply, timeoutMs: number) {
    this.#request = request;
    this.#reply = reply;
    if (request.routeOptions.config.endless !== true)
      this.#timer = setTimeout(() => this.#expire(timeoutMs), timeoutMs);
    reply.raw.once('close', () => this.#close());
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  #expire(timeoutMs: number): void {
    const problem = new Problem('timeout', `No answer within ${timeoutMs} ms`);
    this.#abort(problem);
    if (!this.#reply.sent) sendProblem(problem, this.#request, this.#reply);
  }

  #close(): void {
    clearTimeout(this.#timer);
    if (!this.#reply.raw.writableFinished) this.#abort(new Error('the client has gone'));
  }

  #abort(reason: unknown): void {
    this.#reason ??= reason;
    this.#controller?.abort(reason);
  }
}

const NEVER = new AbortController().signal;

export const deadlinePlugin = plugin(
  (app: FastifyInstance, { timeoutMs }: { readonly timeoutMs: number }, done) => {
    app.decorateRequest('deadline', undefined);
    app.decorateRequest('cancel', {
      getter(this: FastifyRequest) {
        return this.deadline?.signal ?? NEVER;
      },
    });
    app.addHook('onRequest', (request, reply, next) => {
      request.deadline = new Deadline(request, reply, timeoutMs);
      next();
    });
    done();
  },
  { name: 'deadline', dependencies: ['errors'] },
);
