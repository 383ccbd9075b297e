/**
 * The REST side: weight accounting, faults, routing, headers.
 * Flow: node:http request -> here -> endpoint -> JSON reply. Admin paths are free of weight and of faults.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Endpoint, MARKET_ENDPOINTS, type RestContext } from './market-endpoints.ts';
import { QueryReader } from './query-reader.ts';
import { type Reply, refuse } from './reply.ts';
import type { WeightMeter } from './weight-meter.ts';

/** What stands between a request and its answer while a fault is in force. */
export interface RestObstacle {
  readonly delayMs: number;
  readonly reply: Reply | undefined;
}

export interface RestServerOptions {
  readonly meter: WeightMeter;
  readonly context: (micro: boolean) => RestContext;
  readonly obstacle: (path: string) => RestObstacle;
  /** Endpoints beyond the keyless ones; they see the whole request. */
  readonly signed: ReadonlyMap<string, SignedEndpoint>;
  readonly admin: (request: IncomingMessage, path: string, query: string) => Promise<Reply | undefined>;
}

export interface SignedEndpoint {
  readonly weight: number;
  readonly handle: (request: IncomingMessage, query: string, context: RestContext) => Reply;
}

export interface RestCounters {
  requests: number;
  weight: number;
  refused: number;
}

const MICRO = /^microsecond$/i;

export class RestServer {
  readonly counters: RestCounters = { requests: 0, weight: 0, refused: 0 };
  readonly #options: RestServerOptions;

  constructor(options: RestServerOptions) {
    this.#options = options;
  }

  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    this.#respond(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (!response.headersSent) write(response, refuse(500, -1000, message));
      else response.destroy();
    });
  };

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path, query = ''] = (request.url ?? '/').split('?', 2) as [string, string?];
    const admin = await this.#options.admin(request, path, query);
    if (admin !== undefined) return write(response, admin);
    this.counters.requests += 1;
    const obstacle = this.#options.obstacle(path);
    if (obstacle.delayMs > 0) await delay(obstacle.delayMs);
    const reply = obstacle.reply ?? this.#answer(request, path, query);
    if (reply.status === 0) return void response.destroy();
    if (reply.status >= 400) this.counters.refused += 1;
    write(response, reply);
  }

  #answer(request: IncomingMessage, path: string, query: string): Reply {
    const open = MARKET_ENDPOINTS.get(path);
    const signed = this.#options.signed.get(path);
    if (open === undefined && signed === undefined) return { status: 404, body: '' };
    if (request.method !== 'GET') return refuse(405, -1000, 'Request method is not supported.');
    const reader = new QueryReader(new URLSearchParams(query));
    const weight = open?.weight(reader) ?? signed!.weight;
    const verdict = this.#options.meter.charge(request.socket.remoteAddress ?? '', weight, Date.now());
    this.counters.weight += weight;
    const headers = {
      'X-MBX-USED-WEIGHT': String(verdict.used),
      'X-MBX-USED-WEIGHT-1M': String(verdict.used),
    };
    if (verdict.status !== 200)
      return refuse(verdict.status, -1003, this.#limitMessage(verdict), {
        ...headers,
        'Retry-After': String(verdict.retryAfterSeconds),
      });
    const context = this.#options.context(MICRO.test(String(request.headers['x-mbx-time-unit'] ?? '')));
    const reply = this.#handle(open, signed, request, query, reader, context);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }

  #handle(
    open: Endpoint | undefined,
    signed: SignedEndpoint | undefined,
    request: IncomingMessage,
    query: string,
    reader: QueryReader,
    context: RestContext,
  ): Reply {
    return open?.handle(reader, context) ?? signed!.handle(request, query, context);
  }

  #limitMessage(verdict: { status: number; bannedUntilMs: number }): string {
    return verdict.status === 418
      ? `Way too much request weight used; IP banned until ${verdict.bannedUntilMs}.`
      : `Too much request weight used; current limit is ${this.#options.meter.limit} request weight per 1 MINUTE.`;
  }
}

function write(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    'Content-Type': 'application/json;charset=UTF-8',
    'Content-Length': Buffer.byteLength(reply.body),
    ...reply.headers,
  });
  response.end(reply.body);
}
