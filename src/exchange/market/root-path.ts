/**
 * The stored spine of one symbol: its root bars from listing to now, drawn in order from a return process.
 * Only this level is kept (a few dozen bytes per root bar); everything finer is recomputed from it, and
 * everything coarser is summed from it.
 * Flow: return process -> here -> bar tree.
 * Units: ticks, steps, ids; times in ms. Never draws past the root bar that contains the asked time.
 */
import { createRandom } from '#math/random.ts';
import { type ConditionalLaw, PURPOSE, type ReturnProcess } from '../law/return-process.ts';
import { type BarNode, leastAggregates, STEPS_PER_TRADE } from './bar-node.ts';
import { bridgeExtremes } from './bridge.ts';
import type { Instrument } from './instrument.ts';
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
  readonly #options: RootPathOptions;
  readonly #bars: BarNode[] = [];
  readonly #laws: (ConditionalLaw | undefined)[] = [];
  readonly #tickSize: number;
  #logPrice: number;
  #regimeScale = 1;
  #nextTradeId = FIRST_TRADE_ID;
  #nextAggregateId = FIRST_TRADE_ID;

  constructor(options: RootPathOptions) {
    this.#options = options;
    this.#tickSize = 10 ** -options.instrument.priceDecimals;
    this.#logPrice = Math.log(options.instrument.listingPrice);
  }

  get rootIntervalMs(): number {
    return this.#options.rootIntervalMs;
  }

  get listedMs(): number {
    return this.#options.listedMs;
  }

  /** Root bars drawn so far, oldest first. */
  get bars(): readonly BarNode[] {
    return this.#bars;
  }

  /** In force from the first root bar not yet drawn. */
  setRegime(volatilityScale: number): void {
    this.#regimeScale = volatilityScale;
  }

  /** Draws every root bar up to the one that contains `timeMs`. */
  extendTo(timeMs: number): void {
    const wanted = Math.floor((timeMs - this.#options.listedMs) / this.rootIntervalMs) + 1;
    while (this.#bars.length < wanted) this.#append();
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
    if (index === this.#bars.length) return this.#options.process.conditional(openMs, this.#regimeScale);
    return this.#laws[index];
  }

  #append(): void {
    const { seed, instrument, process, rootIntervalMs, listedMs } = this.#options;
    const openMs = listedMs + this.#bars.length * rootIntervalMs;
    const random = createRandom(seed, PURPOSE.root, instrument.streamKey, openMs / rootIntervalMs);
    this.#laws.push(process.conditional(openMs, this.#regimeScale));
    const drawn = process.next(openMs, this.#regimeScale);
    const open = Math.round(Math.exp(this.#logPrice) / this.#tickSize);
    this.#logPrice += drawn.logReturn;
    const close = Math.max(1, Math.round(Math.exp(this.#logPrice) / this.#tickSize));
    const diffusion = Math.max(1, drawn.diffusion * open);
    const extremes = bridgeExtremes(random, open, close, diffusion);
    const counts = this.#counts(openMs, Math.exp(0.25 * random.normal()), random.uniform());
    this.#bars.push({
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
