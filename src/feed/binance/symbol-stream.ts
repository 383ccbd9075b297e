/**
 * Everything the feed knows of one symbol: its order of trades, its repair, its silence, what was lost.
 * Flow: link-keeper (frames) -> here -> observer.
 */
import type { LostWindow, Trade } from '#domain/market/tick.ts';
import type { FeedObserver, StreamStatus } from '../market-feed.ts';
import type { FeedClock } from './clock.ts';
import { GapFiller } from './gap-filler.ts';
import type { FeedLimits } from './options.ts';
import { Sequencer } from './sequencer.ts';
import { StreamWatch } from './stream-watch.ts';
import type { TradeSource } from './trade-source.ts';

export interface SymbolStreamParts {
  readonly symbol: string;
  readonly symbolIndex: number;
  readonly source: TradeSource;
  readonly limits: FeedLimits;
  readonly clock: FeedClock;
  readonly signal: AbortSignal;
  readonly observer: FeedObserver;
}

/** Lost windows remembered for status; older ones were reported when they happened. */
const LOST_KEPT = 100;

export class SymbolStream {
  readonly #parts: SymbolStreamParts;
  readonly #sequencer: Sequencer;
  readonly #filler: GapFiller;
  readonly trades: StreamWatch;
  readonly quotes: StreamWatch;
  readonly #lost: StreamStatus['lost'][number][] = [];
  #lastReceiveMs = 0;
  #silent: 'stalled' | 'halted' | undefined;
  #reportedDuplicates = 0;
  #reportedGaps = 0;
  #reportedRows = 0;

  constructor(parts: SymbolStreamParts) {
    const { symbolIndex, limits, clock, signal, source, observer } = parts;
    this.#parts = parts;
    this.trades = new StreamWatch(limits.silence, clock.nowMs());
    this.quotes = new StreamWatch(limits.silence, clock.nowMs());
    this.#sequencer = new Sequencer(symbolIndex, limits.heldTrades, {
      onTrade: (trade) => observer.onTick(trade),
      onLost: (window) => this.#onLost(window),
      onHole: () => this.#filler.open(),
    });
    this.#filler = new GapFiller({
      symbolIndex,
      sequencer: this.#sequencer,
      source,
      limits: limits.gap,
      clock,
      signal,
    });
  }

  get deliveredId(): number {
    return this.#sequencer.last?.id ?? Number.NaN;
  }

  onTrade(trade: Trade): void {
    this.#lastReceiveMs = trade.tsReceiveUs / 1000;
    this.trades.event(this.#lastReceiveMs);
    this.#silent = undefined;
    this.#sequencer.live(trade);
  }

  /** True once every trade that the exchange has by now was delivered. */
  settle(): Promise<boolean> {
    return this.#filler.settle();
  }

  /** The trade stream has been silent for long: asks REST whether the exchange or the stream stands still. */
  async questionSilence(): Promise<'stalled' | 'halted' | 'resumed' | 'unknown'> {
    const before = this.deliveredId;
    const lastReceiveMs = this.#lastReceiveMs;
    const settled = await this.settle();
    if (this.#lastReceiveMs !== lastReceiveMs) return 'resumed';
    if (!settled) return 'unknown';
    const verdict = Object.is(this.deliveredId, before) ? 'halted' : 'stalled';
    const isNews = this.#silent !== verdict;
    this.#silent = verdict;
    const { symbol, symbolIndex, observer } = this.#parts;
    if (isNews)
      observer.onEvent({ kind: verdict === 'halted' ? 'halt' : 'stream-stall', symbolIndex, stream: symbol });
    return verdict;
  }

  /** Reports what the counters gained since the last call; single duplicates are no news each. */
  report(): void {
    const { observer, symbolIndex } = this.#parts;
    const { duplicates, gaps, filledRows } = this.#sequencer;
    const tell = (kind: 'duplicate' | 'gap' | 'gap-filled', count: number) => {
      if (count > 0) observer.onEvent({ kind, symbolIndex, count });
    };
    tell('duplicate', duplicates - this.#reportedDuplicates);
    tell('gap', gaps - this.#reportedGaps);
    tell('gap-filled', filledRows - this.#reportedRows);
    this.#reportedDuplicates = duplicates;
    this.#reportedGaps = gaps;
    this.#reportedRows = filledRows;
  }

  status(up: boolean): StreamStatus {
    const { last, gaps, gapsFilled, filledRows, duplicates } = this.#sequencer;
    return {
      symbol: this.#parts.symbol,
      state: this.#state(up),
      lastTradeId: last?.id ?? 0,
      lastTradeMs: (last?.tsTradeUs ?? 0) / 1000,
      lastReceiveMs: this.#lastReceiveMs,
      gaps,
      gapsFilled,
      recovered: filledRows,
      duplicates,
      lost: [...this.#lost],
    };
  }

  #state(up: boolean): StreamStatus['state'] {
    if (!up) return 'down';
    if (this.#filler.busy) return 'recovering';
    return this.#silent ?? 'live';
  }

  #onLost(window: LostWindow): void {
    const { observer, symbolIndex } = this.#parts;
    const trades = window.toId - window.fromId + 1;
    this.#lost.push({
      fromMs: window.fromUs / 1000,
      toMs: window.toUs / 1000,
      trades,
      reason: window.reason,
    });
    if (this.#lost.length > LOST_KEPT) this.#lost.shift();
    observer.onTick(window);
    observer.onEvent({ kind: 'gap-lost', symbolIndex, count: trades, message: window.reason });
  }
}
