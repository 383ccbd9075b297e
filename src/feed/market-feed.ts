/**
 * The door of the feed room. One adapter speaks Binance's wire; the embedded exchange serves the same wire,
 * so the path from socket to tick is the same in production, demo and tests.
 * Flow: exchange sockets -> here -> engine/ingest.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { Provenance, Tick } from '#domain/market/tick.ts';

export interface FeedObserver {
  /** In id order per symbol; called synchronously on the socket's thread. */
  onTick(tick: Tick): void;
  /** A closed bar as the exchange itself reports it, for cross-checking and for bars missed while down. */
  onExchangeBar(symbolIndex: number, bar: Bar): void;
  onEvent(event: FeedEvent): void;
}

/** Everything the operator may want to count or see; `kind` is a bounded label. */
export interface FeedEvent {
  readonly kind:
    | 'connected'
    | 'disconnected'
    | 'reconnect'
    | 'rotation'
    | 'shutdown-notice'
    | 'idle-trip'
    | 'stream-stall'
    | 'halt'
    | 'gap'
    | 'gap-filled'
    | 'gap-lost'
    | 'duplicate'
    | 'parse-error'
    | 'unknown-event'
    | 'rate-limited'
    | 'banned'
    | 'geo-blocked'
    | 'forbidden'
    | 'clock-offset'
    | 'warm-up-failed';
  readonly symbolIndex?: number;
  readonly stream?: string;
  readonly count?: number;
  readonly message?: string;
}

export interface StreamStatus {
  readonly symbol: string;
  readonly state: 'live' | 'recovering' | 'stalled' | 'halted' | 'down';
  readonly lastTradeId: number;
  readonly lastTradeMs: number;
  readonly lastReceiveMs: number;
  readonly gaps: number;
  readonly gapsFilled: number;
  /** Trades that REST supplied because no stream did. */
  readonly recovered: number;
  readonly duplicates: number;
  readonly lost: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly trades: number;
    readonly reason: string;
  }[];
}

export interface FeedStatus {
  readonly provenance: Provenance;
  readonly host: string;
  readonly connections: number;
  readonly frames: number;
  readonly bytes: number;
  readonly parseErrors: number;
  readonly reconnects: number;
  readonly clockOffsetMs: number;
  readonly usedWeight: number;
  readonly blockedUntilMs: number;
  /** Why the exchange turns us away, in plain words; undefined while it does not. */
  readonly trouble: string | undefined;
  readonly streams: readonly StreamStatus[];
}

export interface MarketFeed {
  /** Resolves once the first link is up and every stream is subscribed; keeps trying on its own after that. */
  start(observer: FeedObserver): Promise<void>;
  status(): FeedStatus;
  /**
   * Compares a symbol with the exchange's newest trade and fetches what is missing. True once every trade that
   * the exchange had at the time of the call has been delivered: only then is a silence known to be one.
   */
  settle(symbolIndex: number): Promise<boolean>;
  /** Closed bars from the exchange's REST history, oldest first, the unfinished bar left out. */
  history(symbolIndex: number, intervalMs: number, count: number, endMs?: number): Promise<readonly Bar[]>;
  close(): Promise<void>;
}
