/**
 * From the ticks of one symbol to its published bars, base and longer.
 * Flow: ingest (ticks off the ring, exchange bars) -> here -> bar matrix, onBar.
 * Bars are published in time order. An incomplete base bar waits for the exchange's own bar, first from the
 * stream, then from REST; its prices and volume are then exact, but its realised variance is unknown. Bars
 * behind it wait too. What cannot be repaired is published as incomplete.
 */
import type { Bar } from '#domain/market/bar.ts';
import { BarAggregator } from '#domain/market/bar-aggregator.ts';
import { BarBuilder } from '#domain/market/bar-builder.ts';
import { barsAgree } from './bar-check.ts';

export interface SymbolBarsOptions {
  readonly baseMs: number;
  readonly intervalsMs: readonly number[];
  readonly varianceStep: number;
  /** How long an incomplete bar waits for the exchange's bar on the stream before REST is asked. */
  readonly repairAfterMs: number;
  /** The exchange's own base bar that opens at `openTimeMs`; undefined where it cannot be had. */
  readonly fetchBar: (openTimeMs: number) => Promise<Bar | undefined>;
  readonly publish: (bar: Bar, outcome: 'complete' | 'incomplete' | 'repaired') => void;
  readonly onMismatch: () => void;
}

/** Exchange bars and own bars remembered for comparison. */
const REMEMBERED = 16;

export class SymbolBars {
  readonly #options: SymbolBarsOptions;
  readonly builder: BarBuilder;
  readonly #aggregators: readonly BarAggregator[];
  readonly #exchangeBars = new Map<number, Bar>();
  readonly #ownBars = new Map<number, Bar>();
  /** Base bars not yet published, oldest first; the first is incomplete, or the warm-up is not in yet. */
  #waiting: Bar[] = [];
  #repair: NodeJS.Timeout | undefined;
  #warm = false;
  #silent = false;

  constructor(options: SymbolBarsOptions) {
    const { baseMs, intervalsMs, varianceStep } = options;
    this.#options = options;
    this.builder = new BarBuilder({ intervalMs: baseMs, varianceStep, emit: (bar) => this.#onOwnBar(bar) });
    this.#aggregators = intervalsMs
      .filter((intervalMs) => intervalMs > baseMs)
      .map(
        (intervalMs) =>
          new BarAggregator(baseMs, intervalMs, (bar) => {
            if (!this.#silent) options.publish(bar, bar.complete ? 'complete' : 'incomplete');
          }),
      );
  }

  /** Base bars since the longest running interval opened; what they complete is history and not published. */
  warmUp(history: readonly Bar[]): void {
    this.#silent = true;
    for (const bar of history) for (const aggregator of this.#aggregators) aggregator.add(bar);
    this.#silent = false;
    const newest = history.at(-1)?.openTimeMs ?? Number.NEGATIVE_INFINITY;
    this.#waiting = this.#waiting.filter((bar) => bar.openTimeMs > newest);
    this.#warm = true;
    this.#advance();
  }

  /** A closed base bar as the exchange reports it on the stream. */
  onExchangeBar(bar: Bar): void {
    if (bar.intervalMs !== this.#options.baseMs) return;
    remember(this.#exchangeBars, bar);
    const endUs = (bar.openTimeMs + bar.intervalMs) * 1000;
    // As many trades here as there: the bar is whole, and nothing has to be waited for.
    if (this.builder.openBarEndUs === endUs && this.builder.openBarTrades === bar.trades)
      this.builder.closeUntil(endUs);
    const own = this.#ownBars.get(bar.openTimeMs);
    if (own?.complete && !barsAgree(own, bar)) this.#options.onMismatch();
    this.#advance();
  }

  close(): void {
    clearTimeout(this.#repair);
    this.#waiting = [];
  }

  #onOwnBar(bar: Bar): void {
    remember(this.#ownBars, bar);
    const exchangeBar = this.#exchangeBars.get(bar.openTimeMs);
    if (bar.complete && exchangeBar !== undefined && !barsAgree(bar, exchangeBar)) this.#options.onMismatch();
    this.#waiting.push(bar);
    this.#advance();
  }

  /** Publishes what can be published, and sees to it that what cannot yet will be. */
  #advance(): void {
    while (this.#warm) {
      const bar = this.#waiting[0];
      if (bar === undefined) return;
      const exchangeBar = this.#exchangeBars.get(bar.openTimeMs);
      if (bar.complete) this.#publish(bar, 'complete');
      else if (exchangeBar !== undefined) this.#publish(exchangeBar, 'repaired');
      else {
        this.#repair ??= setTimeout(() => void this.#fetch(bar), this.#options.repairAfterMs);
        return;
      }
    }
  }

  async #fetch(bar: Bar): Promise<void> {
    const exchangeBar = await this.#options.fetchBar(bar.openTimeMs);
    this.#repair = undefined;
    if (this.#waiting[0] !== bar) return;
    if (exchangeBar !== undefined) this.#publish(exchangeBar, 'repaired');
    else this.#publish(bar, 'incomplete');
    this.#advance();
  }

  #publish(bar: Bar, outcome: 'complete' | 'incomplete' | 'repaired'): void {
    clearTimeout(this.#repair);
    this.#repair = undefined;
    this.#waiting.shift();
    this.#options.publish(bar, outcome);
    for (const aggregator of this.#aggregators) aggregator.add(bar);
  }
}

function remember(bars: Map<number, Bar>, bar: Bar): void {
  bars.set(bar.openTimeMs, bar);
  if (bars.size > REMEMBERED) bars.delete(bars.keys().next().value as number);
}
