/**
 * What one text frame of the market streams can be, once read.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { Quote, Trade } from '#domain/market/tick.ts';

export interface KlineFrame {
  readonly kind: 'kline';
  readonly symbolIndex: number;
  readonly closed: boolean;
  readonly tsEventUs: number;
  readonly bar: Bar;
}

/** The answer to a control message. */
export interface ReplyFrame {
  readonly kind: 'reply';
  readonly id: number;
  readonly result: unknown;
  /** Set where the exchange refused the request. */
  readonly error: string | undefined;
}

/** The server is about to close this connection. */
export interface ShutdownFrame {
  readonly kind: 'shutdown';
}

/** Well formed, but nothing we asked for. */
export interface UnknownFrame {
  readonly kind: 'unknown';
  readonly what: string;
}

export interface MalformedFrame {
  readonly kind: 'malformed';
  readonly fault: string;
}

export type Frame = Trade | Quote | KlineFrame | ReplyFrame | ShutdownFrame | UnknownFrame | MalformedFrame;
