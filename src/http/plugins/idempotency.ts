/**
 * Idempotency-Key on creating calls: the first answer is kept and replayed, so a client that did not hear it
 * may ask again without creating twice. Routes opt in by `config.idempotent`.
 * Flow:  preHandler claims the key -> route -> onSend keeps the answer | replays | 409 while running | 422
 * Units: milliseconds.
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { Problem } from '../problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route creates something and honours Idempotency-Key. */
    idempotent?: boolean;
  }
  interface FastifyRequest {
    claimedKey: string | undefined;
  }
}

export interface KeptReply {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
  readonly location?: string;
}

/** The part of the store this plugin needs. */
export interface IdempotencyKeys {
  claim(
    caller: string,
    key: string,
    fingerprint: string,
    nowMs: number,
    holdMs: number,
    ttlMs: number,
  ): Promise<
    | { readonly kind: 'fresh' | 'running' | 'mismatch' }
    | { readonly kind: 'replay'; readonly reply: KeptReply }
  >;
  finish(caller: string, key: string, reply: KeptReply): Promise<void>;
  abandon(caller: string, key: string): Promise<void>;
}

const KEY = /^[\x21-\x7e]{1,255}$/;
const HOLD_MS = 60_000;
const KEEP_MS = 24 * 3_600_000;

export const idempotencyPlugin = plugin(
  (app: FastifyInstance, { keys }: { readonly keys: IdempotencyKeys }, done) => {
    app.decorateRequest('claimedKey', undefined);

    app.addHook('preHandler', async (request, reply) => {
      const key = request.headers['idempotency-key'];
      if (request.routeOptions.config.idempotent !== true || key === undefined) return;
      if (typeof key !== 'string' || !KEY.test(key))
        throw new Problem('invalid-request', 'Idempotency-Key must be 1 to 255 printable characters');
      const claim = await keys.claim(
        caller(request),
        key,
        fingerprint(request),
        Date.now(),
        HOLD_MS,
        KEEP_MS,
      );
      if (claim.kind === 'mismatch') throw new Problem('idempotency-mismatch');
      if (claim.kind === 'running')
        throw new Problem('conflict', 'The first request with this key is still running', {
          headers: { 'retry-after': '1' },
        });
      if (claim.kind === 'fresh') {
        request.claimedKey = key;
        return;
      }
      const { status, body, contentType, location } = (claim as { readonly reply: KeptReply }).reply;
      if (location !== undefined) reply.header('location', location);
      await reply.code(status).type(contentType).header('idempotency-replayed', 'true').send(body);
    });

    app.addHook('onSend', async (request, reply, payload) => {
      const key = request.claimedKey;
      if (key === undefined) return;
      request.claimedKey = undefined;
      // What failed on our side, or was never tried, may be tried again.
      if (reply.statusCode >= 500 || reply.statusCode === 429 || typeof payload !== 'string') {
        await keys.abandon(caller(request), key);
        return;
      }
      const location = reply.getHeader('location');
      await keys.finish(caller(request), key, {
        status: reply.statusCode,
        body: payload,
        contentType: String(reply.getHeader('content-type') ?? 'application/json'),
        ...(typeof location === 'string' ? { location } : {}),
      });
    });
    done();
  },
  { name: 'idempotency', dependencies: ['auth'] },
);

const caller = (request: FastifyRequest): string => request.principal?.id ?? request.ip;

function fingerprint(request: FastifyRequest): string {
  return createHash('sha256')
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .digest('hex');
}
