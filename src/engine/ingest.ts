/**
 * The feed made into bars: every tick goes through the shared ring, is drained into bars right after the
 * socket's turn, and each closed bar lands in the bar matrix before `onBar` hears of it.
 * Flow: feed -> tick ring -> symbol-bars -> bar matrix -> onBar (posterior updates).
 * Units: milliseconds where a name ends in Ms; prices in quote units.
 * Bars close on proof, never on a guess: a later trade, the exchange's own closed bar with as many trades, or
 * `feed.settle` after the bar's end.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { Tick } from '#domain/market/tick.ts';
import type { FeedEvent, FeedObserver, FeedStatus } from '#feed/market-feed.ts';
import { BarMatrix, type BarMatrixMemory, createBarMatrix } from '#memory/bar-matrix.ts';
import { createTickRing, type TickRingMemory, TickRingWriter } from '#memory/tick-ring.ts';
import { EventGate } from './event-gate.ts';
import { ExchangeClock } from './exchange-clock.ts';
import { INGEST_DEFAULTS, type IngestOptions } from './ingest-options.ts';
import { IngestTally } from './ingest-tally.ts';
import { marketDataView } from './market-data-view.ts';
import type { MarketDataView } from './risk-engine.ts';
import { SymbolBars } from './symbol-bars.ts';
import { TickDrain } from './tick-drain.ts';

export interface IngestStatus {
  readonly feed: FeedStatus;
  readonly symbols: readonly MarketDataView[];
  readonly mismatches: number;
  readonly repairedBars: number;
  readonly incompleteBars: number;
  readonly lateTrades: number;
  readonly ringMissed: number;
}

export const BASE_INTERVAL_MS = 60_000;

export type Ingest = ReturnType<typeof createIngest>;

export function createIngest(options: IngestOptions) {
  return new IngestRun({ ...INGEST_DEFAULTS, ...options });
}

class IngestRun implements FeedObserver {
  readonly #options: Required<IngestOptions>;
  readonly #intervalsMs: readonly number[];
  readonly #exchangeClock: ExchangeClock;
  readonly #tally: IngestTally;
  readonly #gate: EventGate;
  readonly #bars: readonly SymbolBars[];
  readonly #writer: TickRingWriter;
  readonly #drain: TickDrain;
  readonly #matrix: BarMatrix;
  readonly #lastSeenMs: Float64Array;
  readonly #settling = new Set<number>();
  readonly ringMemory: TickRingMemory;
  readonly barMemory: BarMatrixMemory;
  #scheduled = false;
  #checks: NodeJS.Timeout | undefined;
  #mismatches = 0;
  #repaired = 0;
  #incomplete = 0;

  constructor(options: Required<IngestOptions>) {
    const { symbols, intervals, ringCapacity, barCapacity, clock, metrics, onEvent } = options;
    this.#options = options;
    this.#intervalsMs = [...new Set([BASE_INTERVAL_MS, ...intervals])].sort((a, b) => a - b);
    this.#exchangeClock = new ExchangeClock(clock);
    this.#tally = new IngestTally(metrics);
    this.#gate = new EventGate(onEvent, clock);
    this.barMemory = createBarMatrix(symbols.length, this.#intervalsMs, barCapacity);
    this.#matrix = new BarMatrix(this.barMemory);
    this.#bars = symbols.map((_, symbolIndex) => this.#symbolBars(symbolIndex));
    this.ringMemory = createTickRing(ringCapacity);
    this.#writer = new TickRingWriter(this.ringMemory);
    this.#drain = new TickDrain(
      this.ringMemory,
      ringCapacity,
      this.#bars.map((bars) => bars.builder),
      options.varianceFrom === 'mid',
    );
    this.#lastSeenMs = new Float64Array(symbols.length).fill(clock.nowMs());
  }

  /**
   * Resolves once ticks flow and the running bars are warm. Load histories after this: a bar that closed in
   * between is then in the history, and `onBar` may name it again.
   */
  async start(): Promise<void> {
    const { feed, symbols, checkEveryMs } = this.#options;
    await feed.start(this);
    this.#checks = setInterval(() => this.#check(), checkEveryMs);
    await Promise.all(symbols.map((_, symbolIndex) => this.#warmUp(symbolIndex)));
  }

  onTick(tick: Tick): void {
    if (tick.kind === 'trade') {
      this.#writer.writeTrade(tick);
      if (!tick.recovered) this.#sawTrade(tick.symbolIndex, tick.tsEventUs, tick.tsReceiveUs);
    } else if (tick.kind === 'quote') {
      this.#writer.writeQuote(tick, this.#exchangeClock.at(tick.tsReceiveUs));
      this.#lastSeenMs[tick.symbolIndex] = tick.tsReceiveUs / 1000;
      this.#tally.message('quote', tick.tsReceiveUs / 1000);
    } else this.#writer.writeLost(tick);
    if (this.#drain.pressed) this.#drain.drain();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#drain.drain();
      });
    }
  }

  onExchangeBar(symbolIndex: number, bar: Bar): void {
    this.#drain.drain();
    this.#tally.message('kline', this.#options.clock.nowMs());
    this.#bars[symbolIndex]?.onExchangeBar(bar);
  }

  onEvent(event: FeedEvent): void {
    if (event.kind === 'disconnected') {
      this.#drain.drain();
      for (const bars of this.#bars) bars.builder.breakQuotes();
    }
    this.#tally.event(event);
    this.#gate.offer(event);
  }

  status(): IngestStatus {
    const { staleMs, clock } = this.#options;
    const feed = this.#options.feed.status();
    const nowMs = clock.nowMs();
    return {
      feed,
      symbols: feed.streams.map((stream, symbolIndex) =>
        marketDataView(stream, Math.max(0, nowMs - (this.#lastSeenMs[symbolIndex] as number)), staleMs),
      ),
      mismatches: this.#mismatches,
      repairedBars: this.#repaired,
      incompleteBars: this.#incomplete,
      lateTrades: this.#bars.reduce((sum, bars) => sum + bars.builder.lateTrades, 0),
      ringMissed: this.#drain.missed,
    };
  }

  /** Mid price where quotes are there, else the last trade; NaN before either. */
  lastPrice(symbolIndex: number): number {
    const last = this.#drain.last[symbolIndex];
    if (last === undefined) return Number.NaN;
    return Number.isNaN(last.mid) ? last.trade : last.mid;
  }

  /** Closed bars that open in [fromMs, toMs), oldest first, the newest `limit` of them. */
  bars(symbolIndex: number, intervalMs: number, fromMs: number, toMs: number, limit: number): Bar[] {
    return this.#matrix.read(symbolIndex, intervalMs, fromMs, toMs, limit);
  }

  /** Fetches `count` closed bars and puts them before what the matrix holds. */
  async loadHistory(symbolIndex: number, intervalMs: number, count: number): Promise<readonly Bar[]> {
    const fetched = await this.#options.feed.history(symbolIndex, intervalMs, count);
    const held = this.#matrix.read(
      symbolIndex,
      intervalMs,
      0,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    );
    const byTime = new Map([...fetched, ...held].map((bar) => [bar.openTimeMs, bar]));
    const merged = [...byTime.values()].sort((a, b) => a.openTimeMs - b.openTimeMs);
    this.#matrix.replace(symbolIndex, intervalMs, merged);
    return merged.slice(-Math.max(count, 1));
  }

  async close(): Promise<void> {
    clearInterval(this.#checks);
    await this.#options.feed.close();
    this.#drain.drain();
    for (const bars of this.#bars) bars.close();
  }

  #symbolBars(symbolIndex: number): SymbolBars {
    const { varianceStep, repairAfterMs, feed, metrics, onBar } = this.#options;
    return new SymbolBars({
      baseMs: BASE_INTERVAL_MS,
      intervalsMs: this.#intervalsMs,
      varianceStep,
      repairAfterMs,
      fetchBars: async (fromMs, toMs) => {
        try {
          const count = (toMs - fromMs) / BASE_INTERVAL_MS;
          const bars = await feed.history(symbolIndex, BASE_INTERVAL_MS, count, toMs);
          return bars.filter(({ openTimeMs }) => openTimeMs >= fromMs);
        } catch {
          // The feed has reported why; the bars go out as they are.
          return [];
        }
      },
      publish: (bar, outcome) => {
        if (outcome === 'repaired') this.#repaired += 1;
        else if (outcome === 'incomplete') this.#incomplete += 1;
        metrics.bar(bar.intervalMs, outcome);
        this.#matrix.put(symbolIndex, bar);
        onBar(symbolIndex, bar);
      },
      onMismatch: () => {
        this.#mismatches += 1;
        metrics.mismatch(symbolIndex);
      },
    });
  }

  #sawTrade(symbolIndex: number, eventUs: number, receiveUs: number): void {
    this.#exchangeClock.saw(eventUs, receiveUs);
    if (this.#exchangeClock.trusted) this.#tally.lag(this.#exchangeClock.lagSeconds);
    this.#lastSeenMs[symbolIndex] = receiveUs / 1000;
    this.#tally.message('trade', receiveUs / 1000);
  }

  async #warmUp(symbolIndex: number): Promise<void> {
    const { feed } = this.#options;
    const longestMs = this.#intervalsMs.at(-1) as number;
    let history: readonly Bar[] = [];
    let endMs = Number.NaN;
    if (longestMs > BASE_INTERVAL_MS) {
      try {
        const newest = (await feed.history(symbolIndex, BASE_INTERVAL_MS, 1)).at(-1);
        if (newest !== undefined) {
          endMs = newest.openTimeMs + BASE_INTERVAL_MS;
          const count = (endMs % longestMs) / BASE_INTERVAL_MS;
          if (count > 0) history = await feed.history(symbolIndex, BASE_INTERVAL_MS, count, endMs);
        }
      } catch (error) {
        this.onEvent({ kind: 'warm-up-failed', symbolIndex, message: String(error) });
      }
    }
    for (const bar of history) this.#matrix.put(symbolIndex, bar);
    this.#bars[symbolIndex]?.warmUp(history, endMs);
  }

  /** Asks for proof of every bar whose time is over, and hands the counts on. */
  #check(): void {
    const { feed, graceMs } = this.#options;
    const status = feed.status();
    this.#exchangeClock.setOffset(status.clockOffsetMs);
    this.#tally.flush(status, this.#drain.missed);
    this.#drain.drain();
    const overUs = this.#exchangeClock.now() - graceMs * 1000;
    for (const [symbolIndex, { builder }] of this.#bars.entries())
      if (builder.openBarEndUs <= overUs && !this.#settling.has(symbolIndex))
        void this.#settle(symbolIndex, overUs);
  }

  async #settle(symbolIndex: number, overUs: number): Promise<void> {
    this.#settling.add(symbolIndex);
    try {
      const whole = await this.#options.feed.settle(symbolIndex);
      this.#drain.drain();
      if (whole) this.#bars[symbolIndex]?.builder.closeUntil(overUs);
    } finally {
      this.#settling.delete(symbolIndex);
    }
  }
}
