/**
 * Binance's spot market streams and REST as one feed: assembles the parts and routes what links bring.
 * Flow: sockets -> link -> link-keeper -> here -> symbol-stream -> observer (engine/ingest).
 * Nothing here may block: frames are parsed and handed on in the socket's own turn.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { Provenance } from '#domain/market/tick.ts';
import type { FeedObserver, FeedStatus, MarketFeed } from '../market-feed.ts';
import { ClockOffset } from './clock-offset.ts';
import type { Frame } from './frame.ts';
import { fetchHistory } from './history.ts';
import type { LinkEnd } from './link.ts';
import { type KeeperSink, LinkKeeper } from './link-keeper.ts';
import { type BinanceFeedOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { Pacer } from './pacer.ts';
import { declaredProvenance, provenanceOfHosts } from './provenance.ts';
import { RestClient } from './rest-client.ts';
import { streamsOf } from './streams.ts';
import { SymbolStream } from './symbol-stream.ts';
import { createTradeSource } from './trade-source.ts';
import { Watchdog } from './watchdog.ts';

export function createBinanceFeed(options: BinanceFeedOptions): MarketFeed {
  return new BinanceFeed(resolveOptions(options));
}

class BinanceFeed implements MarketFeed {
  readonly #options: ResolvedOptions;
  readonly #rest: RestClient;
  readonly #offset: ClockOffset;
  readonly #closing = new AbortController();
  readonly #symbolIndex: ReadonlyMap<string, number>;
  readonly #started = Promise.withResolvers<void>();
  #observer: FeedObserver | undefined;
  #streams: readonly SymbolStream[] = [];
  #keepers: readonly LinkKeeper[] = [];
  #watchdog: Watchdog | undefined;
  #provenance: Provenance;
  #host: string;
  #restTrouble: string | undefined;
  #streamTrouble: string | undefined;
  #frames = 0;
  #bytes = 0;
  #parseErrors = 0;
  #reconnects = 0;

  constructor(options: ResolvedOptions) {
    const { restUrls, limits, clock, symbols, streamUrls } = options;
    this.#options = options;
    this.#rest = new RestClient({
      bases: restUrls,
      weightLimit: limits.restWeight,
      timeoutMs: limits.restTimeoutMs,
      microseconds: options.microseconds,
      clock,
      onBlocked: (kind, message) => {
        this.#restTrouble = message;
        this.#observer?.onEvent({ kind, message });
      },
      onServed: () => {
        this.#restTrouble = undefined;
      },
    });
    this.#offset = new ClockOffset(this.#rest, clock);
    this.#symbolIndex = new Map(symbols.map((symbol, index) => [symbol, index]));
    this.#provenance = provenanceOfHosts([...streamUrls, ...restUrls]) ?? 'synthetic';
    this.#host = new URL(streamUrls[0] as string).host;
    this.#started.promise.catch(() => undefined);
  }

  async start(observer: FeedObserver): Promise<void> {
    if (this.#observer !== undefined) throw new Error('the feed is started already');
    const { symbols, restUrls, streamUrls, tradeStream, limits, clock } = this.#options;
    const { signal } = this.#closing;
    this.#observer = observer;
    const source = createTradeSource(this.#rest, symbols, tradeStream, clock);
    this.#streams = symbols.map(
      (symbol, symbolIndex) =>
        new SymbolStream({ symbol, symbolIndex, source, limits, clock, signal, observer }),
    );
    const isBinance = provenanceOfHosts([...streamUrls, ...restUrls]) !== undefined;
    const declared = isBinance ? Promise.resolve() : this.#askProvenance();
    this.#keepers = this.#openLinks();
    this.#watchdog = new Watchdog({
      streams: this.#streams,
      keepers: this.#keepers,
      offset: this.#offset,
      rest: this.#rest,
      options: this.#options,
      observer,
      signal,
    });
    this.#watchdog.start();
    for (const keeper of this.#keepers) keeper.start();
    await Promise.all([this.#started.promise, declared]);
  }

  status(): FeedStatus {
    return {
      provenance: this.#provenance,
      host: this.#host,
      connections: this.#keepers.reduce((sum, keeper) => sum + keeper.connections, 0),
      frames: this.#frames,
      bytes: this.#bytes,
      parseErrors: this.#parseErrors,
      reconnects: this.#reconnects,
      clockOffsetMs: this.#offset.offsetMs,
      usedWeight: this.#rest.budget.used,
      blockedUntilMs: this.#rest.blockedUntilMs,
      trouble: this.#streamTrouble ?? this.#restTrouble,
      streams: this.#streams.map((stream, index) => stream.status(this.#isUp(index))),
    };
  }

  async settle(symbolIndex: number): Promise<boolean> {
    const stream = this.#streams[symbolIndex];
    return stream !== undefined && this.#isUp(symbolIndex) && (await stream.settle());
  }

  history(symbolIndex: number, intervalMs: number, count: number, endMs?: number): Promise<readonly Bar[]> {
    const symbol = this.#options.symbols[symbolIndex];
    if (symbol === undefined) throw new RangeError(`no symbol ${symbolIndex}`);
    const parts = {
      rest: this.#rest,
      offset: this.#offset,
      clock: this.#options.clock,
      signal: this.#closing.signal,
    };
    return fetchHistory(parts, symbol, intervalMs, count, endMs);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#started.reject(new Error('the feed was closed before its first link was up'));
    for (const keeper of this.#keepers) keeper.close();
    await this.#rest.close();
  }

  async #askProvenance(): Promise<void> {
    const reply = await this.#rest.get('/exchange/provenance', {}, 0);
    this.#provenance = reply.ok ? declaredProvenance(reply.value) : 'synthetic';
  }

  #openLinks(): LinkKeeper[] {
    const { symbols, streamUrls, limits, clock, random, tradeStream, quotes, klines } = this.#options;
    const connects = new Pacer(limits.connectGapMs, clock);
    const choice = { trade: tradeStream, quotes, klines };
    const keepers: LinkKeeper[] = [];
    for (let first = 0; first < symbols.length; first += limits.symbolsPerLink) {
      const group = symbols.slice(first, first + limits.symbolsPerLink);
      const symbolIndices = group.map((_, at) => first + at);
      const streams = group.flatMap((symbol) => streamsOf(symbol, choice));
      keepers.push(
        new LinkKeeper(
          {
            urls: streamUrls,
            streams,
            symbols: this.#symbolIndex,
            symbolIndices,
            limits,
            clock,
            random,
            connects,
          },
          this.#keeperSink(symbolIndices),
        ),
      );
    }
    return keepers;
  }

  #keeperSink(symbolIndices: readonly number[]): KeeperSink {
    return {
      onFrame: (frame, bytes) => this.#onFrame(frame, bytes),
      onUp: (url, replaced) => this.#onUp(url, replaced, symbolIndices),
      onDown: (end) => this.#tell({ kind: 'disconnected', message: `${end.cause} ${end.detail}`.trim() }),
      onAttempt: (cause) => {
        if (cause === 'rotated') return;
        this.#reconnects += 1;
        this.#tell({ kind: 'reconnect', message: cause });
      },
      onEnd: (end) => this.#onEnd(end),
      onIdle: () => this.#watchdog?.onIdle(symbolIndices),
      onUnproven: (unproven) => this.#watchdog?.settleSoon(unproven),
      deliveredId: (symbolIndex) => this.#streams[symbolIndex]?.deliveredId ?? Number.NaN,
    };
  }

  #onFrame(frame: Frame, bytes: number): void {
    this.#frames += 1;
    this.#bytes += bytes;
    switch (frame.kind) {
      case 'trade':
        this.#streams[frame.symbolIndex]?.onTrade(frame);
        return;
      case 'quote':
        this.#streams[frame.symbolIndex]?.quotes.event(frame.tsReceiveUs / 1000);
        this.#observer?.onTick(frame);
        return;
      case 'kline':
        if (frame.closed) this.#observer?.onExchangeBar(frame.symbolIndex, frame.bar);
        return;
      case 'shutdown':
        this.#tell({ kind: 'shutdown-notice' });
        return;
      case 'malformed':
        this.#parseErrors += 1;
        this.#tell({ kind: 'parse-error', message: frame.fault });
        return;
      case 'unknown':
        this.#tell({ kind: 'unknown-event', message: frame.what });
        return;
    }
  }

  #onUp(url: string, replaced: boolean, symbolIndices: readonly number[]): void {
    const nowMs = this.#options.clock.nowMs();
    this.#host = new URL(url).host;
    this.#streamTrouble = undefined;
    this.#tell({ kind: replaced ? 'rotation' : 'connected', message: this.#host });
    for (const symbolIndex of symbolIndices) {
      this.#streams[symbolIndex]?.trades.restart(nowMs);
      this.#streams[symbolIndex]?.quotes.restart(nowMs);
    }
    if (!replaced) this.#watchdog?.settleSoon(symbolIndices);
    if (this.#keepers.every((keeper) => keeper.up)) this.#started.resolve();
  }

  #onEnd({ status }: LinkEnd): void {
    if (status === undefined) return;
    const kinds = { 403: 'forbidden', 418: 'banned', 429: 'rate-limited', 451: 'geo-blocked' } as const;
    this.#streamTrouble = `the exchange refuses stream connections (HTTP ${status})`;
    if (status in kinds)
      this.#tell({ kind: kinds[status as keyof typeof kinds], message: this.#streamTrouble });
  }

  #tell(event: Parameters<FeedObserver['onEvent']>[0]): void {
    this.#observer?.onEvent(event);
  }

  #isUp(symbolIndex: number): boolean {
    return this.#keepers[Math.floor(symbolIndex / this.#options.limits.symbolsPerLink)]?.up === true;
  }
}
