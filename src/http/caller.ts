/** Who asks, as the engine audits it. Flow: request -> here -> engine. */
import type { FastifyRequest } from 'fastify';

export interface Caller {
  readonly actor: string;
  readonly requestId: string;
}

export function callerOf(request: FastifyRequest): Caller {
  return { actor: `token:${request.principal?.id ?? 'unknown'}`, requestId: request.id };
}
