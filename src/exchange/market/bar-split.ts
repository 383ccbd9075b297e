/**
 * Splits a bar into its children on the level below, exactly: the children chain from open to close, their
 * extremes are the parent's, their counts and volumes sum to the parent's.
 * Flow: bar tree -> here -> finer bars. Equal parent and seed give equal children, so nothing is stored.
 *
 * Closes are a Brownian bridge from open to close folded into [low, high]; child extremes are bridge extremes,
 * the highest and the lowest of which are pinned to the parent's. A jump falls into one child and is passed down.
 */
import { createRandom } from '#math/random.ts';
import { PURPOSE } from '../law/return-process.ts';
import { apportion } from './apportion.ts';
import { type BarNode, leastAggregates, levelBelow, STEPS_PER_TRADE } from './bar-node.ts';
import { bridgeExtremes, type Extremes, foldInto } from './bridge.ts';
import { seasonalVariance } from './season.ts';

/** Spread of the log of local variance around its parent's mean, at every level. */
const VARIANCE_ROUGHNESS = 0.4;

interface Cuts {
  readonly shares: Float64Array;
  readonly jumpChild: number;
  /** children + 1 prices, from the parent's open to its close. */
  readonly prices: Float64Array;
  readonly extremes: Extremes[];
}

export function splitBar(seed: number, streamKey: number, parent: BarNode): BarNode[] {
  const childMs = levelBelow(parent.intervalMs);
  if (childMs === undefined) throw new RangeError('a second has no level below it');
  const count = parent.intervalMs / childMs;
  const random = createRandom(seed, PURPOSE.split, streamKey, parent.intervalMs, parent.openMs);
  const shares = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const middle = parent.openMs + (i + 0.5) * childMs;
    shares[i] = seasonalVariance(middle) * Math.exp(VARIANCE_ROUGHNESS * random.normal());
    total += shares[i]!;
  }
  for (let i = 0; i < count; i++) shares[i]! /= total;
  const jumpChild = Math.min(count - 1, Math.floor(random.uniform() * count));

  const prices = new Float64Array(count + 1);
  let walk = 0;
  for (let i = 1; i <= count; i++) {
    walk += parent.diffusion * Math.sqrt(shares[i - 1]!) * random.normal();
    prices[i] = walk;
  }
  const smooth = parent.close - parent.open - parent.jump;
  let elapsed = 0;
  prices[0] = parent.open;
  for (let i = 1; i < count; i++) {
    elapsed += shares[i - 1]!;
    const jumped = i > jumpChild ? parent.jump : 0;
    const level = parent.open + elapsed * smooth + (prices[i]! - elapsed * walk) + jumped;
    prices[i] = foldInto(Math.round(level), parent.low, parent.high);
  }
  prices[count] = parent.close;

  const extremes: Extremes[] = [];
  for (let i = 0; i < count; i++) {
    const deviation = parent.diffusion * Math.sqrt(shares[i]!);
    extremes.push(bridgeExtremes(random, prices[i]!, prices[i + 1]!, deviation));
  }
  return children(parent, childMs, { shares, jumpChild, prices, extremes });
}

function children(parent: BarNode, childMs: number, cuts: Cuts): BarNode[] {
  const { shares, prices, extremes } = cuts;
  const highest = extremes.reduce((best, e, i) => (e.high > extremes[best]!.high ? i : best), 0);
  const lowest = extremes.reduce((best, e, i) => (e.low < extremes[best]!.low ? i : best), 0);
  const counts = splitCounts(parent, childMs, shares);
  const nodes: BarNode[] = [];
  let { firstTradeId, firstAggregateId } = parent;
  for (let i = 0; i < shares.length; i++) {
    nodes.push({
      openMs: parent.openMs + i * childMs,
      intervalMs: childMs,
      open: prices[i]!,
      high: i === highest ? parent.high : Math.min(extremes[i]!.high, parent.high),
      low: i === lowest ? parent.low : Math.max(extremes[i]!.low, parent.low),
      close: prices[i + 1]!,
      volume: counts.volume[i]!,
      takerBuy: counts.takerBuy[i]!,
      trades: counts.trades[i]!,
      aggregates: counts.aggregates[i]!,
      firstTradeId,
      firstAggregateId,
      diffusion: Math.max(1, parent.diffusion * Math.sqrt(shares[i]!)),
      jump: i === cuts.jumpChild ? parent.jump : 0,
    });
    firstTradeId += counts.trades[i]!;
    firstAggregateId += counts.aggregates[i]!;
  }
  return nodes;
}

function splitCounts(parent: BarNode, childMs: number, shares: Float64Array) {
  const activity = shares.map(Math.sqrt);
  const size = shares.length;
  const least = leastAggregates(childMs);
  const aggregates = new Float64Array(size);
  apportion(parent.aggregates - least * size, activity, aggregates);
  for (let i = 0; i < size; i++) aggregates[i]! += least;
  const trades = new Float64Array(size);
  apportion(parent.trades - parent.aggregates, activity, trades);
  for (let i = 0; i < size; i++) trades[i]! += aggregates[i]!;
  const volume = new Float64Array(size);
  apportion(parent.volume - STEPS_PER_TRADE * parent.trades, activity, volume);
  for (let i = 0; i < size; i++) volume[i]! += STEPS_PER_TRADE * trades[i]!;
  const takerBuy = new Float64Array(size);
  apportion(parent.takerBuy, volume, takerBuy);
  return { aggregates, trades, volume, takerBuy };
}
