/**
 * The faults that can be planted, as data. A fault ends after `count` uses or `forMs` wall milliseconds,
 * whichever comes first; with neither it stays until cleared.
 * `stream` is a stream name, or a suffix pattern such as *@trade, or * for all.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';

const SPAN = {
  count: Type.Optional(Type.Integer({ minimum: 1 })),
  forMs: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
};
const STREAM = { stream: Type.Optional(Type.String({ minLength: 1 })) };
const PATH = { path: Type.Optional(Type.String({ minLength: 1 })) };

function kind<K extends string, P extends Record<string, TSchema>>(name: K, fields: P) {
  return Type.Object({ kind: Type.Literal(name), ...fields }, { additionalProperties: false });
}

const FAULT = Type.Union([
  /** Cuts links without a closing handshake; `count` limits how many. */
  kind('drop-links', { count: SPAN.count }),
  /** Announces a shutdown on every link; with `dropAfterMs` the links are then cut. */
  kind('shutdown-notice', { dropAfterMs: Type.Optional(Type.Number({ minimum: 0 })) }),
  /** Silence: matching frames never arrive, the socket stays open. */
  kind('stall-stream', { ...SPAN, stream: Type.String({ minLength: 1 }) }),
  /** Each matching frame is lost with this probability. */
  kind('lose-frames', { ...SPAN, ...STREAM, fraction: Type.Number({ minimum: 0, maximum: 1 }) }),
  /** The next `count` matching frames are lost in one run. */
  kind('skip-ids', { count: Type.Integer({ minimum: 1 }), stream: Type.String({ minLength: 1 }) }),
  /** After each subscription the last `frames` frames of the stream are sent once more. */
  kind('duplicate-on-subscribe', { ...SPAN, ...STREAM, frames: Type.Integer({ minimum: 1, maximum: 1000 }) }),
  /** A broken frame is sent before a matching one. */
  kind('malformed', { ...SPAN, ...STREAM }),
  /**
   * One symbol's market stands still on streams and REST alike; afterwards what was held back comes out with
   * its original times. Synthetic markets only.
   */
  kind('freeze-symbol', { forMs: SPAN.forMs, symbol: Type.String({ minLength: 1 }) }),
  kind('slow-rest', { ...SPAN, ...PATH, ms: Type.Number({ minimum: 0 }) }),
  /** Status 0 cuts the connection without an answer. */
  kind('rest-status', {
    ...SPAN,
    ...PATH,
    status: Type.Enum([0, 403, 418, 429, 451, 500, 502, 503, 504]),
    retryAfterSeconds: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
  /** The stated time, and every event time, is off by this much. */
  kind('clock-skew', { ...SPAN, ms: Type.Number() }),
  /** New stream links are refused; status 0 (the default) cuts the connection without an answer. */
  kind('refuse-connections', { ...SPAN, status: Type.Optional(Type.Integer({ minimum: 0, maximum: 599 })) }),
]);

export type Fault = Static<typeof FAULT>;
export type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>;

export const FAULT_KINDS: readonly string[] = FAULT.anyOf.map((member) => member.properties.kind.const);

/** The fault, or what is wrong with it. */
export function parseFault(body: unknown): Fault | string {
  if (Value.Check(FAULT, body)) return body;
  const named = (body as { kind?: unknown } | null)?.kind;
  const member = FAULT.anyOf.find((schema) => schema.properties.kind.const === named);
  if (member === undefined) return `kind must be one of ${FAULT_KINDS.join(', ')}`;
  return Value.Errors(member, body)
    .map((error) => `${error.instancePath || 'fault'} ${error.message}`)
    .join('; ');
}

/** Whether a stream name matches a fault's pattern; no pattern matches all. */
export function matchesStream(pattern: string | undefined, stream: string): boolean {
  if (pattern === undefined || pattern === '*') return true;
  return pattern.startsWith('*') ? stream.endsWith(pattern.slice(1)) : stream === pattern;
}
