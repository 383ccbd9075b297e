/**
 * From the ticks of one symbol to its published bars, base and longer.
 * Flow: ingest (ticks off the ring, exchange bars) -> here -> bar matrix, onBar.
 * Bars are published in time order. An incomplete base bar waits for the exchange's own bar, first from the
 * stream, then from REST; its prices and volume are then exact, but its realised variance is unknown. So does a
 * bar before which others are missing (between warm-up and first tick, after a long silence). Bars behind wait
 * too. What cannot be repaired is published as incomplete.
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
  /** The exchange's own base bars that open in [fromMs, toMs); none where they cannot be had. */
  readonly fetchBars: (fromMs: number, toMs: number) => Promise<readonly Bar[]>;
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
  /** When the bar after the newest published one opens. */
  #nextMs = Number.NaN;
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

  /**
   * Base bars since the longest running interval opened, up to `endMs` (NaN where the exchange gave none); what
   * they complete is history and not published.
   */
  warmUp(history: readonly Bar[], endMs: number): void {
    this.#silent = true;
    for (const bar of history) for (const aggregator of this.#aggregators) aggregator.add(bar);
    this.#silent = false;
    this.#nextMs = endMs;
    this.#waiting = this.#waiting.filter((bar) => !(bar.openTimeMs < this.#nextMs));
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
      const isNext = !(bar.openTimeMs > this.#nextMs);
      const exchangeBar = this.#exchangeBars.get(bar.openTimeMs);
      if (isNext && bar.complete) this.#publish(bar, 'complete');
      else if (isNext && exchangeBar !== undefined) this.#publish(exchangeBar, 'repaired');
      else {
        // The stream may still bring the newest bar; for anything older there is only REST.
        const waitMs = isNext && this.#waiting.length === 1 ? this.#options.repairAfterMs : 0;
        this.#repair ??= setTimeout(() => void this.#mend(bar), waitMs);
        return;
      }
    }
  }

  /** Asks REST for everything that is missing up to the next complete bar. */
  async #mend(first: Bar): Promise<void> {
    const { baseMs, fetchBars } = this.#options;
    const fromMs = Number.isNaN(this.#nextMs) ? first.openTimeMs : this.#nextMs;
    const whole = this.#waiting.find(({ complete }) => complete)?.openTimeMs;
    const toMs = whole ?? (this.#waiting.at(-1) as Bar).openTimeMs + baseMs;
    const fetched = await fetchBars(fromMs, toMs);
    this.#repair = undefined;
    if (this.#waiting[0] !== first) return;
    for (const bar of fetched) if (bar.openTimeMs < first.openTimeMs) this.#publish(bar, 'repaired');
    // What REST does not have either stays missing, or goes out as it is.
    this.#nextMs = first.openTimeMs;
    for (let bar = this.#waiting[0]; bar !== undefined && bar.openTimeMs < toMs; bar = this.#waiting[0]) {
      const exact = fetched.find(({ openTimeMs }) => openTimeMs === bar?.openTimeMs);
      this.#publish(
        exact ?? bar,
        exact !== undefined ? 'repaired' : bar.complete ? 'complete' : 'incomplete',
      );
    }
    this.#advance();
  }

  #publish(bar: Bar, outcome: 'complete' | 'incomplete' | 'repaired'): void {
    clearTimeout(this.#repair);
    this.#repair = undefined;
    this.#nextMs = bar.openTimeMs + bar.intervalMs;
    while ((this.#waiting[0]?.openTimeMs ?? Number.POSITIVE_INFINITY) <= bar.openTimeMs)
      this.#waiting.shift();
    this.#options.publish(bar, outcome);
    for (const aggregator of this.#aggregators) aggregator.add(bar);
  }
}

function remember(bars: Map<number, Bar>, bar: Bar): void {
  bars.set(bar.openTimeMs, bar);
  if (bars.size > REMEMBERED) bars.delete(bars.keys().next().value as number);
}
