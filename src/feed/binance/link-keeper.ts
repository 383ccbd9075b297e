/**
 * Keeps one set of streams carried by a live link, whatever happens to links.
 * Flow: binance-feed -> here -> link.
 * A lost link is opened again with backoff, on the next base where the connection itself failed. A link that
 * works but has to go (age, shutdown notice, a stalled stream) is replaced with overlap: the new one is opened
 * beside it, and the old one ends once every stream is proven covered, or when the overlap's limit is reached;
 * what is then unproven is settled by REST.
 */
import { Backoff, type BackoffLimits } from './backoff.ts';
import type { FeedClock } from './clock.ts';
import { FastFrames } from './fast-frame.ts';
import type { Frame } from './frame.ts';
import { type EndCause, Link, type LinkEnd, type LinkLimits, type LinkSink } from './link.ts';
import type { Pacer } from './pacer.ts';
import { pause } from './pause.ts';
import { type RotationWindow, rotationAgeMs, takenOver } from './rotation.ts';

export interface KeeperLimits {
  readonly link: LinkLimits;
  readonly backoff: BackoffLimits;
  readonly rotation: RotationWindow;
  readonly overlapMs: number;
}

export interface KeeperOptions {
  /** URLs to connect to, in order of preference. */
  readonly urls: readonly string[];
  readonly streams: readonly string[];
  readonly symbols: ReadonlyMap<string, number>;
  /** Indices of the symbols whose trades this link carries. */
  readonly symbolIndices: readonly number[];
  readonly limits: KeeperLimits;
  readonly clock: FeedClock;
  readonly random: () => number;
  /** Connection attempts of the whole feed take their turn here. */
  readonly connects: Pacer;
}

export interface KeeperSink {
  onFrame(frame: Frame, bytes: number): void;
  /** A link carries every stream; `replaced` where it took over from a working one. */
  onUp(url: string, replaced: boolean): void;
  /** No link carries the streams now. */
  onDown(end: LinkEnd): void;
  onAttempt(cause: EndCause): void;
  onEnd(end: LinkEnd): void;
  onIdle(): void;
  /** The old link is gone although these symbols were not proven to be covered by the new one. */
  onUnproven(symbolIndices: readonly number[]): void;
  deliveredId(symbolIndex: number): number;
}

export class LinkKeeper {
  readonly #options: KeeperOptions;
  readonly #sink: KeeperSink;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  #current: Link | undefined;
  #incoming: Link | undefined;
  /** The incoming link's first trade ids, in the order of `symbolIndices`. */
  #firstIds = new Float64Array(0);
  #urlIndex = 0;
  #rotation: NodeJS.Timeout | undefined;
  #overlap: NodeJS.Timeout | undefined;
  #replacing = false;
  readonly #linkSink: LinkSink;
  readonly #fastFrames: FastFrames;

  constructor(options: KeeperOptions, sink: KeeperSink) {
    this.#options = options;
    this.#sink = sink;
    this.#backoff = new Backoff(options.limits.backoff, options.random);
    this.#fastFrames = new FastFrames(options.symbols);
    this.#linkSink = {
      onFrame: (link, frame, bytes) => this.#onFrame(link, frame, bytes),
      onReady: (link) => this.#onReady(link),
      onIdle: (link) => {
        if (link === this.#current) sink.onIdle();
      },
      onEnd: (link, end) => this.#onEnd(link, end),
    };
  }

  get connections(): number {
    return (this.#current?.ready ? 1 : 0) + (this.#incoming?.ready ? 1 : 0);
  }

  get up(): boolean {
    return this.#current?.ready === true;
  }

  start(): void {
    void this.#connect(0, false);
  }

  /** Opens a replacement beside the working link; nothing happens while one is under way. */
  replace(cause: EndCause): void {
    if (this.#replacing || this.#current === undefined) return;
    this.#replacing = true;
    this.#sink.onAttempt(cause);
    void this.#connect(0, true);
  }

  /** Cuts the link at once; the way back is the same as for a link that was lost. */
  cut(cause: EndCause): void {
    this.#current?.drop(cause);
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#rotation);
    clearTimeout(this.#overlap);
    this.#incoming?.drop('closing');
    this.#current?.drop('closing');
  }

  async #connect(delayMs: number, beside: boolean): Promise<void> {
    const { urls, streams, symbols, limits, clock, connects } = this.#options;
    const { signal } = this.#closing;
    await pause(delayMs, signal);
    await connects.turn(signal);
    if (signal.aborted) return;
    const url = urls[this.#urlIndex % urls.length] as string;
    const link = new Link(
      { url, streams, symbols, fastFrames: this.#fastFrames, limits: limits.link, clock },
      this.#linkSink,
    );
    // The working link may have died while this one waited for its turn: then it is no replacement any more.
    if (beside && this.#current !== undefined) {
      this.#incoming = link;
      this.#firstIds = new Float64Array(this.#options.symbolIndices.length).fill(Number.NaN);
    } else {
      this.#replacing = false;
      this.#current = link;
    }
  }

  #onFrame(link: Link, frame: Frame, bytes: number): void {
    if (frame.kind === 'trade' && link === this.#incoming) {
      const at = this.#options.symbolIndices.indexOf(frame.symbolIndex);
      if (Number.isNaN(this.#firstIds[at])) this.#firstIds[at] = frame.id;
    }
    this.#sink.onFrame(frame, bytes);
    if (frame.kind === 'shutdown') {
      if (link === this.#current) this.replace('shutdown');
      else link.drop('shutdown');
    } else if (frame.kind === 'trade' && this.#incoming?.ready && this.#covered()) this.#promote();
  }

  #covered(): boolean {
    return takenOver(this.#firstIds, (at) =>
      this.#sink.deliveredId(this.#options.symbolIndices[at] as number),
    );
  }

  #onReady(link: Link): void {
    if (link === this.#incoming) {
      this.#overlap = setTimeout(() => this.#promote(), this.#options.limits.overlapMs);
      return;
    }
    this.#scheduleRotation();
    this.#sink.onUp(link.url, false);
  }

  /** The incoming link becomes the current one. */
  #promote(): void {
    const old = this.#current;
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    const { symbolIndices } = this.#options;
    const unproven = symbolIndices.filter(
      (symbolIndex, at) => !((this.#firstIds[at] as number) <= this.#sink.deliveredId(symbolIndex) + 1),
    );
    clearTimeout(this.#overlap);
    this.#incoming = undefined;
    this.#replacing = false;
    this.#current = incoming;
    old?.drop('rotated');
    if (!incoming.ready) return;
    this.#scheduleRotation();
    this.#sink.onUp(incoming.url, true);
    if (unproven.length > 0) this.#sink.onUnproven(unproven);
  }

  #scheduleRotation(): void {
    const { limits, clock, random } = this.#options;
    clearTimeout(this.#rotation);
    const ageMs = rotationAgeMs(clock.nowMs(), limits.rotation, random);
    this.#rotation = setTimeout(() => this.replace('rotated'), ageMs);
  }

  #onEnd(link: Link, end: LinkEnd): void {
    const wasCurrent = link === this.#current;
    const wasIncoming = link === this.#incoming;
    this.#sink.onEnd(end);
    if (this.#closing.signal.aborted || !(wasCurrent || wasIncoming)) return;
    if (!end.wasReady) this.#urlIndex += 1;
    const delayMs = this.#backoff.next(end.wasReady ? end.ageMs : 0);
    if (wasIncoming) {
      clearTimeout(this.#overlap);
      this.#incoming = undefined;
      this.#sink.onAttempt(end.cause);
      void this.#connect(delayMs, true);
      return;
    }
    clearTimeout(this.#rotation);
    this.#current = undefined;
    if (end.wasReady) this.#sink.onDown(end);
    if (this.#incoming !== undefined) {
      this.#promote();
      return;
    }
    if (this.#replacing) return;
    this.#sink.onAttempt(end.cause);
    void this.#connect(delayMs, false);
  }
}
