/**
 * Server-sent events: what changed, as it changes. A client that comes back with Last-Event-ID gets what it
 * missed, or a `reset` and the current state; a leaving process says `shutdown` and ends every stream.
 * Flow:  event-log -> here -> client
 * Units: milliseconds; bytes of buffer per client.
 */
import { PassThrough } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Metrics } from '#telemetry/metrics.ts';
import type { Drain } from '../drain.ts';
import { type EventLog, frame, type LoggedEvent } from '../event-log.ts';
import { Problem } from '../problems.ts';
import { splitLists } from '../query-lists.ts';
import { responses } from '../schemas/problem.ts';

export interface StreamRouteOptions {
  readonly events: EventLog;
  readonly drain: Drain;
  readonly metrics: Metrics;
  readonly heartbeatMs?: number;
  readonly maxBufferedBytes?: number;
  readonly maxClients?: number;
}

const Channel = Type.Union([
  Type.Literal('var'),
  Type.Literal('quality'),
  Type.Literal('compliance'),
  Type.Literal('jobs'),
]);

const Query = Type.Object(
  {
    channels: Type.Optional(Type.Array(Channel, { minItems: 1, description: 'All by default' })),
    lastEventId: Type.Optional(Type.String({ maxLength: 64, description: 'Same as Last-Event-ID' })),
  },
  { additionalProperties: false },
);

const RECONNECT_MS = 2_000;

export const streamRoutes: FastifyPluginAsyncTypebox<StreamRouteOptions> = async (app, options) => {
  const { events, drain, metrics, heartbeatMs = 15_000 } = options;
  const { maxBufferedBytes = 1_048_576, maxClients = 1_000 } = options;
  const open = new Set<PassThrough>();

  // Before the listener closes: it would wait for these connections.
  app.addHook('preClose', async () => {
    for (const body of open) body.end();
  });

  app.get(
    '/stream',
    {
      config: { scope: 'read', weight: 5, endless: true },
      preValidation: splitLists('channels'),
      schema: {
        tags: ['stream'],
        summary: 'Server-sent events: var, quality, compliance, jobs; also heartbeat, reset, shutdown',
        security: [{ bearer: [] }],
        querystring: Query,
        response: responses({}),
      },
    },
    (request, reply) => {
      if (drain.draining) throw new Problem('not-ready', 'This process is stopping: connect again');
      if (open.size >= maxClients) throw new Problem('overloaded', 'Too many open streams');
      const wanted =
        request.query.channels === undefined ? undefined : new Set<string>(request.query.channels);
      const body = new PassThrough();
      const resumeFrom = request.headers['last-event-id'] ?? request.query.lastEventId;

      const write = (text: string): void => {
        if (body.writableEnded || body.destroyed) return;
        body.write(text);
        if (body.writableLength + body.readableLength <= maxBufferedBytes) return;
        metrics.streamDropped.inc({ reason: 'slow' });
        body.destroy(new Error('client reads too slowly'));
      };
      const send = (event: LoggedEvent): void => {
        if (wanted === undefined || wanted.has(event.type)) write(event.frame);
      };

      open.add(body);
      metrics.streamClients.set(open.size);
      write(`retry: ${RECONNECT_MS}\n\n`);
      for (const event of opening(events, resumeFrom, write)) send(event);
      const unsubscribe = events.subscribe(send);
      const heartbeat = setInterval(
        () => write(frame('heartbeat', { lastId: events.lastId() })),
        heartbeatMs,
      );
      const forget = drain.onBegin(() => {
        write(frame('shutdown', { reconnectAfterMs: RECONNECT_MS }));
        body.end();
      });
      const stop = (): void => {
        clearInterval(heartbeat);
        unsubscribe();
        forget();
        open.delete(body);
        metrics.streamClients.set(open.size);
      };
      body.once('close', stop);
      body.on('error', () => request.log.debug('event stream cut'));
      return reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .type('text/event-stream')
        .send(body);
    },
  );
};

/** What a client gets first: the events it missed, or a reset and the state, or just the state. */
function opening(
  events: EventLog,
  resumeFrom: string | string[] | undefined,
  write: (text: string) => void,
): readonly LoggedEvent[] {
  if (typeof resumeFrom !== 'string' || resumeFrom === '') return events.snapshot();
  const missed = events.after(resumeFrom);
  if (missed !== undefined) return missed;
  write(frame('reset', { reason: 'the id is not known any more', lastId: events.lastId() }, events.lastId()));
  return events.snapshot();
}
