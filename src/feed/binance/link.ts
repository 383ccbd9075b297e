/**
 * The life of one socket: connect, subscribe, confirm, carry frames, end. Whatever ends it, it goes through
 * `#end` exactly once, so every socket has the same close path.
 * Flow: link-keeper (open, drop) -> here -> parse-frame -> binance-feed.
 *
 *   connecting ── open ──> subscribing ── LIST_SUBSCRIPTIONS agrees ──> ready ── any cause ──> ended
 *        └─────────────────────┴───────────── any cause ──────────────────────────────────────^
 *
 * A link is idle when no data came for a while; control replies and pings are not data, and a late server
 * ping proves nothing. Pings are answered by the socket library at once, with their own payload.
 */
import { WebSocket } from 'ws';
import type { FeedClock } from './clock.ts';
import type { FastFrames } from './fast-frame.ts';
import type { Frame } from './frame.ts';
import { Pacer } from './pacer.ts';
import { parseFrame } from './parse-frame.ts';
import { missingStreams, subscriptionBatches } from './streams.ts';

export interface LinkLimits {
  readonly handshakeMs: number;
  readonly confirmMs: number;
  readonly idleMs: number;
  readonly controlGapMs: number;
  readonly subscribeRounds: number;
}

export interface LinkOptions {
  readonly url: string;
  readonly streams: readonly string[];
  readonly symbols: ReadonlyMap<string, number>;
  readonly fastFrames: FastFrames;
  readonly limits: LinkLimits;
  readonly clock: FeedClock;
}

export type EndCause =
  | 'handshake'
  | 'subscribe'
  | 'closed'
  | 'error'
  | 'idle'
  | 'stall'
  | 'shutdown'
  | 'rotated'
  | 'closing';

export interface LinkEnd {
  readonly cause: EndCause;
  readonly detail: string;
  /** HTTP status where the upgrade was refused. */
  readonly status: number | undefined;
  readonly wasReady: boolean;
  readonly ageMs: number;
}

export interface LinkSink {
  onFrame(link: Link, frame: Frame, bytes: number): void;
  onReady(link: Link): void;
  onIdle(link: Link): void;
  onEnd(link: Link, end: LinkEnd): void;
}

const MAX_FRAME_BYTES = 4 * 1024 * 1024;

export class Link {
  readonly #options: LinkOptions;
  readonly #sink: LinkSink;
  readonly #socket: WebSocket;
  readonly #control: Pacer;
  readonly #ending = new AbortController();
  readonly #replies = new Map<number, (frame: Frame & { kind: 'reply' }) => void>();
  readonly #openedMs: number;
  #state: 'connecting' | 'subscribing' | 'ready' | 'ended' = 'connecting';
  #nextId = 1;
  #readyMs = Number.NaN;
  #lastDataMs: number;
  #idleTimer: NodeJS.Timeout | undefined;
  #status: number | undefined;

  constructor(options: LinkOptions, sink: LinkSink) {
    const { url, limits, clock } = options;
    this.#options = options;
    this.#sink = sink;
    this.#control = new Pacer(limits.controlGapMs, clock);
    this.#openedMs = clock.nowMs();
    this.#lastDataMs = this.#openedMs;
    this.#socket = new WebSocket(url, {
      handshakeTimeout: limits.handshakeMs,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
      skipUTF8Validation: true,
      rejectUnauthorized: true,
    });
    this.#socket.on('open', () => void this.#subscribe());
    this.#socket.on('message', (data: Buffer) => this.#receive(data));
    this.#socket.on('unexpected-response', (upgrade, response) => {
      this.#status = response.statusCode;
      upgrade.destroy();
      this.#end('handshake', `HTTP ${response.statusCode}`);
    });
    this.#socket.on('error', (error) =>
      this.#end(this.#state === 'connecting' ? 'handshake' : 'error', error.message),
    );
    this.#socket.on('close', (code, reason) => this.#end('closed', `${code} ${String(reason)}`.trim()));
  }

  get url(): string {
    return this.#options.url;
  }

  get ready(): boolean {
    return this.#state === 'ready';
  }

  /** Milliseconds since the subscriptions were confirmed; NaN before. */
  get readyForMs(): number {
    return this.#options.clock.nowMs() - this.#readyMs;
  }

  /** Ends the link from our side; safe to call at any time. */
  drop(cause: EndCause, detail = ''): void {
    this.#end(cause, detail);
  }

  #receive(data: Buffer): void {
    if (this.#state === 'ended') return;
    const nowMs = this.#options.clock.nowMs();
    const receiveUs = Math.round(nowMs * 1000);
    const { symbols, fastFrames } = this.#options;
    const frame = fastFrames.read(data, receiveUs) ?? parseFrame(data.toString(), symbols, receiveUs);
    if (frame.kind === 'reply') {
      this.#replies.get(frame.id)?.(frame);
      return;
    }
    if (frame.kind === 'trade' || frame.kind === 'quote' || frame.kind === 'kline') this.#lastDataMs = nowMs;
    this.#sink.onFrame(this, frame, data.length);
  }

  async #subscribe(): Promise<void> {
    const { limits } = this.#options;
    this.#state = 'subscribing';
    const deadline = setTimeout(() => this.#end('subscribe', 'not confirmed in time'), limits.confirmMs);
    this.#ending.signal.addEventListener('abort', () => clearTimeout(deadline));
    let missing: readonly string[] = this.#options.streams;
    for (let round = 0; round < limits.subscribeRounds && missing.length > 0; round += 1) {
      for (const params of subscriptionBatches(missing)) {
        const reply = await this.#request('SUBSCRIBE', params);
        if (reply === undefined) return;
        if (reply.error !== undefined) return this.#end('subscribe', reply.error);
      }
      const listed = await this.#request('LIST_SUBSCRIPTIONS');
      if (listed === undefined) return;
      missing = missingStreams(this.#options.streams, listed.result);
    }
    clearTimeout(deadline);
    if (missing.length > 0)
      return this.#end('subscribe', `not subscribed: ${missing.slice(0, 5).join(', ')}`);
    this.#state = 'ready';
    this.#readyMs = this.#options.clock.nowMs();
    this.#lastDataMs = Math.max(this.#lastDataMs, this.#readyMs);
    this.#idleTimer = setInterval(() => this.#watch(), limits.idleMs / 4);
    this.#sink.onReady(this);
  }

  /** Sends one control message in its turn; undefined where the link ended before the answer. */
  async #request(
    method: string,
    params?: readonly string[],
  ): Promise<(Frame & { kind: 'reply' }) | undefined> {
    await this.#control.turn(this.#ending.signal);
    if (this.#state === 'ended') return undefined;
    const id = this.#nextId;
    this.#nextId += 1;
    const { promise, resolve } = Promise.withResolvers<(Frame & { kind: 'reply' }) | undefined>();
    this.#replies.set(id, resolve);
    this.#ending.signal.addEventListener('abort', () => resolve(undefined));
    this.#socket.send(JSON.stringify(params === undefined ? { method, id } : { method, params, id }));
    const reply = await promise;
    this.#replies.delete(id);
    return reply;
  }

  #watch(): void {
    const nowMs = this.#options.clock.nowMs();
    if (nowMs - this.#lastDataMs < this.#options.limits.idleMs) return;
    this.#lastDataMs = nowMs;
    this.#sink.onIdle(this);
  }

  #end(cause: EndCause, detail: string): void {
    if (this.#state === 'ended') return;
    const wasReady = this.#state === 'ready';
    this.#state = 'ended';
    clearInterval(this.#idleTimer);
    this.#ending.abort();
    // An error may still follow from the socket that is being torn down; it must find a listener.
    this.#socket.removeAllListeners();
    this.#socket.on('error', () => undefined);
    this.#socket.terminate();
    const ageMs = this.#options.clock.nowMs() - this.#openedMs;
    this.#sink.onEnd(this, { cause, detail, status: this.#status, wasReady, ageMs });
  }
}
