/**
 * The stored spine of one symbol: its root bars from listing to now, drawn in order from a return process.
 * Only this level is kept; everything finer is recomputed from it, everything coarser summed from it. The one
 * exception is a root bar whose volatility was changed half-way: its minutes are kept as they became.
 * Flow: return process -> here -> bar tree.
 * Units: ticks, steps, ids; times in ms. Never draws past the root bar that contains the asked time.
 */
import { createRandom } from '#math/random.ts';
import { type ConditionalLaw, PURPOSE, type ReturnProcess } from '../law/return-process.ts';
import { type BarNode, leastAggregates, STEPS_PER_TRADE } from './bar-node.ts';
import { bridgeExtremes } from './bridge.ts';
import type { Instrument } from './instrument.ts';
import { joinBars } from './regime-splice.ts';
import { RootStore } from './root-store.ts';
import { seasonalVariance } from './season.ts';

const TRADES_PER_AGGREGATE = 1.6;
const FIRST_TRADE_ID = 1;

export interface RootPathOptions {
  readonly seed: number;
  readonly instrument: Instrument;
  readonly process: ReturnProcess;
  readonly rootIntervalMs: number;
  readonly listedMs: number;
  /** Mean trades per second of market time. */
  readonly tradesPerSecond: number;
}

export class RootPath {
  /** Root bars drawn so far, oldest first. */
  readonly roots: RootStore;
  readonly #options: RootPathOptions;
  readonly #laws: ConditionalLaw[] = [];
  readonly #spliced = new Map<number, readonly BarNode[]>();
  readonly #tickSize: number;
  #logPrice: number;
  #regimeScale = 1;
  #nextTradeId = FIRST_TRADE_ID;
  #nextAggregateId = FIRST_TRADE_ID;

  constructor(options: RootPathOptions) {
    this.#options = options;
    this.roots = new RootStore(options.listedMs, options.rootIntervalMs);
    this.#tickSize = 10 ** -options.instrument.priceDecimals;
    this.#logPrice = Math.log(options.instrument.listingPrice);
  }

  get rootIntervalMs(): number {
    return this.#options.rootIntervalMs;
  }

  get listedMs(): number {
    return this.#options.listedMs;
  }

  get regimeScale(): number {
    return this.#regimeScale;
  }

  /** In force from the first root bar not yet drawn. */
  setRegime(volatilityScale: number): void {
    this.#regimeScale = volatilityScale;
  }

  /** Replaces a drawn root bar by other minutes; only the newest may be, for the next ones start from its close. */
  splice(minutes: readonly BarNode[]): void {
    const whole = joinBars(minutes);
    const index = this.indexOf(whole.openMs);
    if (index !== this.roots.length - 1) throw new RangeError('only the newest root bar can be spliced');
    this.roots.replace(index, whole);
    this.#spliced.set(whole.openMs, minutes);
    this.#logPrice = Math.log(whole.close * this.#tickSize);
  }

  /** The kept minutes of the root bar containing the time, where it was spliced. */
  splicedMinutes(timeMs: number): readonly BarNode[] | undefined {
    if (this.#spliced.size === 0) return undefined;
    return this.#spliced.get(this.listedMs + this.indexOf(timeMs) * this.rootIntervalMs);
  }

  /** Draws every root bar up to the one that contains `timeMs`. */
  extendTo(timeMs: number): void {
    const wanted = Math.floor((timeMs - this.#options.listedMs) / this.rootIntervalMs) + 1;
    while (this.roots.length < wanted) this.#append();
  }

  /** Index of the root bar containing the time; may lie outside the drawn range. */
  indexOf(timeMs: number): number {
    return Math.floor((timeMs - this.#options.listedMs) / this.rootIntervalMs);
  }

  /**
   * The true law of the root bar that opens at the time, given everything before it: of any bar drawn so far,
   * and of the next one. Undefined where the process has no closed form or the time opens no such bar.
   */
  lawAt(openMs: number): ConditionalLaw | undefined {
    const index = (openMs - this.#options.listedMs) / this.rootIntervalMs;
    if (index === this.roots.length) return this.#options.process.conditional(openMs, this.#regimeScale);
    return this.#laws[index];
  }

  #append(): void {
    const { seed, instrument, process, rootIntervalMs, listedMs } = this.#options;
    const openMs = listedMs + this.roots.length * rootIntervalMs;
    const random = createRandom(seed, PURPOSE.root, instrument.streamKey, openMs / rootIntervalMs);
    const law = process.conditional(openMs, this.#regimeScale);
    if (law !== undefined) this.#laws.push(law);
    const drawn = process.next(openMs, this.#regimeScale, random);
    const open = Math.round(Math.exp(this.#logPrice) / this.#tickSize);
    this.#logPrice += drawn.logReturn;
    const close = Math.max(1, Math.round(Math.exp(this.#logPrice) / this.#tickSize));
    const diffusion = Math.max(1, drawn.diffusion * open);
    const extremes = bridgeExtremes(random, open, close, diffusion);
    const counts = this.#counts(openMs, Math.exp(0.25 * random.normal()), random.uniform());
    this.roots.push({
      openMs,
      intervalMs: rootIntervalMs,
      open,
      high: extremes.high,
      low: Math.max(1, extremes.low),
      close,
      ...counts,
      firstTradeId: this.#nextTradeId,
      firstAggregateId: this.#nextAggregateId,
      diffusion,
      jump: Math.round(open * drawn.jump),
    });
    this.#nextTradeId += counts.trades;
    this.#nextAggregateId += counts.aggregates;
  }

  #counts(openMs: number, activity: number, lean: number) {
    const { instrument, rootIntervalMs, tradesPerSecond } = this.#options;
    const season = Math.sqrt(seasonalVariance(openMs + rootIntervalMs / 2));
    const mean = (tradesPerSecond * rootIntervalMs * season * activity) / 1000;
    const least = leastAggregates(rootIntervalMs);
    const aggregates = Math.max(least, Math.round(mean / TRADES_PER_AGGREGATE));
    const trades = Math.max(aggregates, Math.round(mean));
    const stepsPerTrade =
      (instrument.tradeNotional / instrument.listingPrice) * 10 ** instrument.quantityDecimals;
    const volume = trades * STEPS_PER_TRADE + Math.round(trades * stepsPerTrade * activity);
    return { volume, takerBuy: Math.round(volume * (0.42 + 0.16 * lean)), trades, aggregates };
  }
}
