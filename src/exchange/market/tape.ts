/**
 * The prints inside one leaf bar (a leaf, or a second of a busy one): aggregated trades and their fills,
 * summing exactly to the bar.
 * Flow: leaf bar -> here -> live streams and REST trade pages (both read the same arrays).
 * Units: ticks, steps, microseconds. Shapes: arrays over aggregates (prefix none) and fills (`fill...`).
 */
import { createRandom, type RandomStream } from '#math/random.ts';
import { PURPOSE } from '../law/return-process.ts';
import { apportion } from './apportion.ts';
import type { BarNode } from './bar-node.ts';
import { foldInto } from './bridge.ts';

const REPEAT_PRICE = 0.55;

export interface Tape {
  readonly leaf: BarNode;
  readonly timeUs: Float64Array;
  readonly price: Float64Array;
  /** 1 where the buyer was the maker, that is the seller aggressed. */
  readonly buyerIsMaker: Uint8Array;
  /** Aggregate k holds fills [fillStart[k], fillStart[k + 1]). */
  readonly fillStart: Float64Array;
  readonly fillQuantity: Float64Array;
}

export function printLeaf(seed: number, streamKey: number, leaf: BarNode): Tape {
  const random = createRandom(seed, PURPOSE.tape, streamKey, leaf.openMs);
  const timeUs = printTimes(random, leaf);
  const price = printPrices(random, leaf);
  const buyerIsMaker = printSides(random, price);
  const fillStart = fillBounds(random, leaf);
  return {
    leaf,
    timeUs,
    price,
    buyerIsMaker,
    fillStart,
    fillQuantity: fillQuantities(random, leaf, buyerIsMaker, fillStart),
  };
}

/** Bursty gaps: squared exponentials, scaled to the leaf. */
function printTimes(random: RandomStream, leaf: BarNode): Float64Array {
  const count = leaf.aggregates;
  const times = new Float64Array(count);
  let sum = 0;
  for (let k = 0; k < count; k++) {
    sum += Math.log(random.uniform()) ** 2;
    times[k] = sum;
  }
  sum += Math.log(random.uniform()) ** 2;
  const scale = (leaf.intervalMs * 1000) / sum;
  for (let k = 0; k < count; k++) times[k] = leaf.openMs * 1000 + Math.floor(times[k]! * scale);
  return times;
}

/** A walk through four fixed prints: open first, close last, the high and the low somewhere between. */
function printPrices(random: RandomStream, leaf: BarNode): Float64Array {
  const count = leaf.aggregates;
  const price = new Float64Array(count);
  const first = 1 + Math.floor(random.uniform() * (count - 2));
  let second = 1 + Math.floor(random.uniform() * (count - 3));
  if (second >= first) second += 1;
  const highAt = leaf.open > leaf.close ? Math.min(first, second) : Math.max(first, second);
  const anchors: [number, number][] = [
    [0, leaf.open],
    [Math.min(first, second), highAt < Math.max(first, second) ? leaf.high : leaf.low],
    [Math.max(first, second), highAt < Math.max(first, second) ? leaf.low : leaf.high],
    [count - 1, leaf.close],
  ];
  const step = leaf.diffusion / Math.sqrt(count);
  for (let a = 0; a + 1 < anchors.length; a++) {
    const [from, start] = anchors[a]!;
    const [to, end] = anchors[a + 1]!;
    price[from] = start;
    let last = start;
    for (let k = from + 1; k < to; k++) {
      if (random.uniform() >= REPEAT_PRICE) {
        const pull = (end - last) / (to - k + 1);
        last = foldInto(Math.round(last + pull + step * random.normal()), leaf.low, leaf.high);
      }
      price[k] = last;
    }
  }
  price[count - 1] = leaf.close;
  return price;
}

/** An uptick was bought, a downtick sold; a repeat mostly follows the side before it. */
function printSides(random: RandomStream, price: Float64Array): Uint8Array {
  const sides = new Uint8Array(price.length);
  let side = random.uniform() < 0.5 ? 1 : 0;
  let sells = side;
  sides[0] = side;
  for (let k = 1; k < price.length; k++) {
    if (price[k]! > price[k - 1]!) side = 0;
    else if (price[k]! < price[k - 1]!) side = 1;
    else if (random.uniform() < 0.3) side = 1 - side;
    sides[k] = side;
    sells += side;
  }
  if (sells === 0) sides[0] = 1;
  if (sells === price.length) sides[0] = 0;
  return sides;
}

function fillBounds(random: RandomStream, leaf: BarNode): Float64Array {
  const count = leaf.aggregates;
  const weights = new Float64Array(count);
  for (let k = 0; k < count; k++) weights[k] = 1 / random.uniform() ** 0.6;
  const extra = new Float64Array(count);
  apportion(leaf.trades - count, weights, extra);
  const bounds = new Float64Array(count + 1);
  for (let k = 0; k < count; k++) bounds[k + 1] = bounds[k]! + 1 + extra[k]!;
  return bounds;
}

/** Both sides of the book get at least one step per fill; the rest follows a heavy-tailed size law. */
function fillQuantities(
  random: RandomStream,
  leaf: BarNode,
  buyerIsMaker: Uint8Array,
  fillStart: Float64Array,
): Float64Array {
  const quantity = new Float64Array(leaf.trades);
  for (const maker of [0, 1]) {
    const members: number[] = [];
    for (let k = 0; k < buyerIsMaker.length; k++) {
      if (buyerIsMaker[k] !== maker) continue;
      for (let i = fillStart[k]!; i < fillStart[k + 1]!; i++) members.push(i);
    }
    const total = maker === 0 ? leaf.takerBuy : leaf.volume - leaf.takerBuy;
    const weights = new Float64Array(members.length);
    for (let i = 0; i < members.length; i++) weights[i] = Math.exp(1.3 * random.normal());
    const share = new Float64Array(members.length);
    apportion(total - members.length, weights, share);
    for (let i = 0; i < members.length; i++) quantity[members[i]!] = 1 + share[i]!;
  }
  return quantity;
}
