/**
 * Looks after silence: of a link, of one stream inside a link, and of our own clock against the exchange's.
 * Flow: timers and link-keeper -> here -> REST questions, link replacements, events.
 * Silence is first put to REST: nothing new there means that the exchange itself stands still; trades that we
 * were not sent mean a stall, whose trades are fetched and whose link is replaced beside the running one.
 */
import type { FeedObserver } from '../market-feed.ts';
import type { ClockOffset } from './clock-offset.ts';
import { fetchWeightLimit } from './exchange-info.ts';
import type { LinkKeeper } from './link-keeper.ts';
import type { ResolvedOptions } from './options.ts';
import { pause } from './pause.ts';
import type { RestClient } from './rest-client.ts';
import type { SymbolStream } from './symbol-stream.ts';

export interface WatchdogParts {
  readonly streams: readonly SymbolStream[];
  readonly keepers: readonly LinkKeeper[];
  readonly offset: ClockOffset;
  readonly rest: RestClient;
  readonly options: ResolvedOptions;
  readonly observer: FeedObserver;
  readonly signal: AbortSignal;
}

/** Symbols of a silent link that are put to REST; the others have their own watch. */
const ASKED_OF_A_LINK = 10;

export class Watchdog {
  readonly #parts: WatchdogParts;
  readonly #replacedMs: number[];
  /** Symbols whose silence is being looked into. */
  readonly #questioned = new Set<number>();
  #warned = false;

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
    this.#replacedMs = parts.keepers.map(() => Number.NEGATIVE_INFINITY);
  }

  start(): void {
    const { limits } = this.#parts.options;
    void this.#repeat(limits.watchMs, () => this.#look());
    void this.#repeat(limits.clockProbeMs, () => this.#probeClock());
    void this.#readLimits();
  }

  /** A whole link brought no data: cut it unless REST says that nothing happened. */
  onIdle(symbolIndices: readonly number[]): void {
    void this.#judgeLink(symbolIndices);
  }

  /** Compares the symbols with REST, once the link had a moment to bring the live edge itself. */
  settleSoon(symbolIndices: readonly number[]): void {
    void this.#settle(symbolIndices);
  }

  async #repeat(everyMs: number, action: () => void | Promise<void>): Promise<void> {
    const { signal } = this.#parts;
    while (!signal.aborted) {
      await action();
      await pause(everyMs, signal);
    }
  }

  #look(): void {
    const { streams, options } = this.#parts;
    const nowMs = options.clock.nowMs();
    for (const [symbolIndex, stream] of streams.entries()) {
      stream.report();
      if (!this.#keeperOf(symbolIndex).up || this.#questioned.has(symbolIndex)) continue;
      if (stream.trades.overdue(nowMs)) void this.#question(symbolIndex, stream);
      else if (options.quotes && this.#quotesStalled(stream, nowMs)) {
        this.#tell(symbolIndex, 'bookTicker');
        this.#replace(symbolIndex);
      }
    }
  }

  /** Quotes are silent although trades go on. */
  #quotesStalled(stream: SymbolStream, nowMs: number): boolean {
    return stream.trades.lastMs - stream.quotes.lastMs > 1000 && stream.quotes.overdue(nowMs);
  }

  async #question(symbolIndex: number, stream: SymbolStream): Promise<void> {
    this.#questioned.add(symbolIndex);
    try {
      if ((await stream.questionSilence()) === 'stalled') this.#replace(symbolIndex);
    } finally {
      this.#questioned.delete(symbolIndex);
    }
  }

  #replace(symbolIndex: number): void {
    const { limits, clock } = this.#parts.options;
    const at = Math.floor(symbolIndex / limits.symbolsPerLink);
    const nowMs = clock.nowMs();
    if (nowMs - (this.#replacedMs[at] as number) < limits.stallReplaceMs) return;
    this.#replacedMs[at] = nowMs;
    this.#keeperOf(symbolIndex).replace('stall');
  }

  async #judgeLink(symbolIndices: readonly number[]): Promise<void> {
    const { streams, observer } = this.#parts;
    const keeper = this.#keeperOf(symbolIndices[0] as number);
    for (const symbolIndex of symbolIndices.slice(0, ASKED_OF_A_LINK)) {
      const verdict = await (streams[symbolIndex] as SymbolStream).questionSilence();
      if (verdict === 'resumed') return;
      if (verdict === 'halted') continue;
      observer.onEvent({ kind: 'idle-trip', symbolIndex, message: verdict });
      keeper.cut('idle');
      return;
    }
  }

  async #settle(symbolIndices: readonly number[]): Promise<void> {
    const { streams, options, signal } = this.#parts;
    await pause(options.limits.settleAfterMs, signal);
    for (const symbolIndex of symbolIndices) {
      if (signal.aborted) return;
      await (streams[symbolIndex] as SymbolStream).settle();
    }
  }

  async #probeClock(): Promise<void> {
    const { offset, options, observer } = this.#parts;
    await offset.probe();
    const offsetMs = offset.offsetMs;
    const wrong = Math.abs(offsetMs) > options.limits.clockWarnMs;
    if (wrong && !this.#warned)
      observer.onEvent({
        kind: 'clock-offset',
        count: Math.round(offsetMs),
        message: `the exchange's clock is ${offsetMs.toFixed(0)} ms ahead of ours`,
      });
    this.#warned = wrong;
  }

  async #readLimits(): Promise<void> {
    const { rest, options } = this.#parts;
    const limit = await fetchWeightLimit(rest, options.symbols[0] as string);
    if (limit !== undefined) rest.budget.setLimit(limit);
  }

  #tell(symbolIndex: number, name: string): void {
    const symbol = this.#parts.options.symbols[symbolIndex] as string;
    this.#parts.observer.onEvent({
      kind: 'stream-stall',
      symbolIndex,
      stream: `${symbol.toLowerCase()}@${name}`,
    });
  }

  #keeperOf(symbolIndex: number): LinkKeeper {
    const { keepers, options } = this.#parts;
    return keepers[Math.floor(symbolIndex / options.limits.symbolsPerLink)] as LinkKeeper;
  }
}
