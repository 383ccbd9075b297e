/**
 * One synthetic symbol: klines and prints of any time, computed from its bar tree on demand.
 * Flow: bar tree, tapes -> here -> synthetic market.
 * Units: ticks, steps, microseconds; bar edges in milliseconds.
 */
import type { BarNode } from './bar-node.ts';
import { levelServing, MINUTE_MS } from './bar-node.ts';
import type { BarTree, IdSeries } from './bar-tree.ts';
import type { Instrument } from './instrument.ts';
import { KlineBuilder } from './kline-builder.ts';
import { type KlineInterval, openOf } from './kline-interval.ts';
import type { AggregateTrade, BestQuote, Kline, SingleTrade } from './market-data.ts';
import { printLeaf, type Tape } from './tape.ts';

const CACHED_TAPES = 64;

export class SyntheticSymbol {
  readonly instrument: Instrument;
  readonly tree: BarTree;
  readonly #seed: number;
  readonly #unit: number;
  readonly #tapes = new Map<number, Tape>();

  constructor(instrument: Instrument, tree: BarTree, seed: number) {
    this.instrument = instrument;
    this.tree = tree;
    this.#seed = seed;
    this.#unit = 10 ** -(instrument.priceDecimals + instrument.quantityDecimals);
  }

  tapeOf(leaf: BarNode): Tape {
    const known = this.#tapes.get(leaf.openMs);
    if (known !== undefined) return known;
    if (this.#tapes.size >= CACHED_TAPES) this.#tapes.clear();
    const made = printLeaf(this.#seed, this.instrument.streamKey, leaf);
    this.#tapes.set(leaf.openMs, made);
    return made;
  }

  /** Multiplies volatility; prints already out are not touched. */
  setRegime(volatilityScale: number, nowMs: number): void {
    this.tree.path.extendTo(nowMs);
    this.tree.setRegime(volatilityScale, nowMs);
    this.#tapes.clear();
  }

  klineAt(interval: KlineInterval, timeMs: number, asOfUs: number): Kline | undefined {
    const openMs = openOf(interval, timeMs);
    const endMs = openMs + interval.widthMs;
    const builder = new KlineBuilder(openMs, interval.widthMs, this.#unit, false);
    if (endMs * 1000 <= asOfUs) {
      const levelMs = levelServing(interval.widthMs, this.tree.path.rootIntervalMs);
      for (const bar of this.tree.range(openMs, endMs, levelMs)) builder.addBar(bar);
      return builder.build();
    }
    const minuteMs = Math.floor(asOfUs / 1000 / MINUTE_MS) * MINUTE_MS;
    for (const bar of this.tree.range(openMs, minuteMs, MINUTE_MS)) builder.addBar(bar);
    for (
      let leaf = this.tree.leafAt(Math.max(minuteMs, openMs));
      leaf !== undefined;
      leaf = this.after(leaf)
    ) {
      if (leaf.openMs * 1000 > asOfUs) break;
      if ((leaf.openMs + leaf.intervalMs) * 1000 <= asOfUs) builder.addBar(leaf);
      else addPublished(builder, this.tapeOf(leaf), asOfUs);
    }
    return builder.build();
  }

  leafOfId(id: number, series: IdSeries): BarNode | undefined {
    return this.tree.leafOfId(id, series);
  }

  after(leaf: BarNode): BarNode | undefined {
    return this.tree.leafAt(leaf.openMs + leaf.intervalMs);
  }

  before(leaf: BarNode): BarNode | undefined {
    return this.tree.leafAt(leaf.openMs - 1);
  }
}

export function aggregateAt(tape: Tape, k: number): AggregateTrade {
  const from = tape.fillStart[k]!;
  const to = tape.fillStart[k + 1]!;
  let quantity = 0;
  for (let i = from; i < to; i++) quantity += tape.fillQuantity[i]!;
  return {
    id: tape.leaf.firstAggregateId + k,
    price: tape.price[k]!,
    quantity,
    timeUs: tape.timeUs[k]!,
    buyerIsMaker: tape.buyerIsMaker[k] === 1,
    firstTradeId: tape.leaf.firstTradeId + from,
    lastTradeId: tape.leaf.firstTradeId + to - 1,
  };
}

/** Fill `i` of the tape, which belongs to aggregate `k`. */
export function tradeAt(tape: Tape, k: number, i: number): SingleTrade {
  return {
    id: tape.leaf.firstTradeId + i,
    price: tape.price[k]!,
    quantity: tape.fillQuantity[i]!,
    timeUs: tape.timeUs[k]!,
    buyerIsMaker: tape.buyerIsMaker[k] === 1,
  };
}

/** The best quote right after aggregate `k`: the print touched one side, the other lies one tick away. */
export function quoteAfter(tape: Tape, k: number): BestQuote {
  const price = tape.price[k]!;
  const sold = tape.buyerIsMaker[k] === 1;
  const id = tape.leaf.firstAggregateId + k;
  const depth = tape.fillQuantity[tape.fillStart[k]!]!;
  return {
    updateId: 7 * id + 3,
    bid: sold ? price : price - 1,
    bidQuantity: 1 + ((depth * 7 + id * 13) % (depth * 11 + 50)),
    ask: sold ? price + 1 : price,
    askQuantity: 1 + ((depth * 5 + id * 17) % (depth * 13 + 50)),
  };
}

/** Number of aggregates of the tape printed at or before the time. */
export function printedBy(tape: Tape, timeUs: number): number {
  let low = 0;
  let high = tape.timeUs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (tape.timeUs[middle]! <= timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addPublished(builder: KlineBuilder, tape: Tape, asOfUs: number): void {
  const count = printedBy(tape, asOfUs);
  for (let k = 0; k < count; k++)
    for (let i = tape.fillStart[k]!; i < tape.fillStart[k + 1]!; i++) builder.addTrade(tradeAt(tape, k, i));
}
