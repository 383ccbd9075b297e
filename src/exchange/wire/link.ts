/**
 * One client's connection: what it subscribed to, how it wants frames, and the rules it must keep.
 * Flow: stream server -> here -> socket.
 * Rules kept as the exchange's: pings with a payload to be copied, a pong deadline, a client message rate, a
 * limited life. Units: milliseconds of wall time.
 */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { answerControl } from './control-message.ts';
import type { Frame } from './frame.ts';

export interface LinkRules {
  readonly pingEveryMs: number;
  readonly pongWithinMs: number;
  readonly messagesPerSecond: number;
  readonly streamsPerLink: number;
  readonly lifeMs: number;
  /** A client that lags further behind than this is cut. */
  readonly bufferedBytes: number;
}

export interface LinkForm {
  readonly combined: boolean;
  readonly micro: boolean;
  readonly streams: readonly string[];
}

/** What a link needs from the hub it hangs on. */
export interface LinkHost {
  subscribe(link: Link, stream: string): void;
  unsubscribe(link: Link, stream: string): void;
  closed(link: Link): void;
}

const POLICY_VIOLATION = 1008;
const RATE_WINDOW_MS = 1000;

export class Link {
  readonly id: number;
  readonly streams = new Set<string>();
  readonly micro: boolean;
  combined: boolean;
  framesSent = 0;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #rules: LinkRules;
  readonly #host: LinkHost;
  readonly #timers: NodeJS.Timeout[] = [];
  #messageTimes: number[] = [];
  #unanswered: { readonly payload: string; readonly sentMs: number }[] = [];
  #corked = false;

  constructor(
    id: number,
    socket: WebSocket,
    stream: Duplex,
    form: LinkForm,
    rules: LinkRules,
    host: LinkHost,
  ) {
    this.id = id;
    this.#socket = socket;
    this.#stream = stream;
    this.#rules = rules;
    this.#host = host;
    this.combined = form.combined;
    this.micro = form.micro;
    socket.on('message', (data, binary) => this.#onMessage(binary ? '' : String(data)));
    socket.on('ping', () => this.#countMessage());
    socket.on('pong', (payload) => this.#onPong(String(payload)));
    socket.on('error', () => this.terminate());
    socket.on('close', () => this.#onClose());
    for (const name of form.streams) this.subscribe(name);
    this.#timers.push(
      setInterval(() => this.#ping(), rules.pingEveryMs),
      setTimeout(() => this.close(POLICY_VIOLATION, 'connection lifetime reached'), rules.lifeMs),
    );
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  subscribe(stream: string): boolean {
    if (!this.streams.has(stream) && this.streams.size >= this.#rules.streamsPerLink) return false;
    this.streams.add(stream);
    this.#host.subscribe(this, stream);
    return true;
  }

  unsubscribe(stream: string): void {
    if (this.streams.delete(stream)) this.#host.unsubscribe(this, stream);
  }

  send(frame: Frame): void {
    this.sendText(frame.text(this.combined, this.micro));
  }

  /** Frames of one turn of the event loop leave in one write. */
  sendText(text: string): void {
    if (!this.open) return;
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      setImmediate(() => {
        this.#corked = false;
        this.#stream.uncork();
        if (this.#socket.bufferedAmount > this.#rules.bufferedBytes) this.terminate();
      });
    }
    this.framesSent += 1;
    this.#socket.send(text, { binary: false, compress: false });
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  /** As a broken network: no closing handshake. */
  terminate(): void {
    this.#socket.terminate();
  }

  #ping(): void {
    const now = performance.now();
    const oldest = this.#unanswered[0];
    if (oldest !== undefined && now - oldest.sentMs >= this.#rules.pongWithinMs) {
      this.close(POLICY_VIOLATION, 'Pong timeout');
      this.terminate();
      return;
    }
    const payload = String(Date.now());
    this.#unanswered.push({ payload, sentMs: now });
    this.#socket.ping(payload);
  }

  #onPong(payload: string): void {
    const answered = this.#unanswered.findIndex((ping) => ping.payload === payload);
    if (answered >= 0) this.#unanswered = this.#unanswered.slice(answered + 1);
    this.#countMessage();
  }

  #onMessage(text: string): void {
    if (this.#countMessage()) this.sendText(answerControl(text, this));
  }

  #countMessage(): boolean {
    const now = performance.now();
    this.#messageTimes = this.#messageTimes.filter((time) => now - time < RATE_WINDOW_MS);
    this.#messageTimes.push(now);
    if (this.#messageTimes.length <= this.#rules.messagesPerSecond) return true;
    this.close(POLICY_VIOLATION, 'Too many requests');
    return false;
  }

  #onClose(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const stream of this.streams) this.#host.unsubscribe(this, stream);
    this.#host.closed(this);
  }
}
