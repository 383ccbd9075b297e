/**
 * One bar of the synthetic market on its integer grids, at any level of the ladder.
 * Invariants: low <= open, close <= high; aggregates >= leastAggregates; trades >= aggregates;
 * volume >= STEPS_PER_TRADE x trades; children sum and nest exactly into their parent.
 */
export interface BarNode {
  readonly openMs: number;
  readonly intervalMs: number;
  /** Prices in ticks. */
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Quantities in steps; takerBuy is the part whose aggressor bought. */
  readonly volume: number;
  readonly takerBuy: number;
  readonly trades: number;
  readonly aggregates: number;
  readonly firstTradeId: number;
  readonly firstAggregateId: number;
  /** Standard deviation of the diffusion inside the bar, in ticks. */
  readonly diffusion: number;
  /** Part of close - open that happens at once inside the bar, in ticks. */
  readonly jump: number;
}

export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Room for a first, a highest, a lowest and a last print in the shortest bar that is printed whole. */
const LEAST_AGGREGATES = 4;
/** A minute with more prints than this is split into seconds before it is printed, to bound the work at once. */
export const DENSE_MINUTE = 2000;
/** Leaves every trade a positive size on both sides of the book after any split. */
export const STEPS_PER_TRADE = 20;

/** Levels of the ladder: every bar above one minute is split into bars of the next level below. */
const LADDER = [DAY_MS, 4 * HOUR_MS, HOUR_MS, 15 * MINUTE_MS, 5 * MINUTE_MS, MINUTE_MS, SECOND_MS];

export function isRootInterval(intervalMs: number): boolean {
  return intervalMs >= MINUTE_MS && LADDER.includes(intervalMs);
}

/** The level below, or undefined for a second. */
export function levelBelow(intervalMs: number): number | undefined {
  return LADDER[LADDER.indexOf(intervalMs) + 1];
}

/** The fewest aggregates a bar of this width must hold. */
export function leastAggregates(intervalMs: number): number {
  return LEAST_AGGREGATES * Math.max(1, intervalMs / MINUTE_MS);
}

/** The coarsest level no coarser than the root that divides the interval. */
export function levelServing(intervalMs: number, rootIntervalMs: number): number {
  const level = LADDER.find((width) => width <= rootIntervalMs && intervalMs % width === 0);
  if (level === undefined) throw new RangeError(`no level of the ladder divides ${intervalMs} ms`);
  return level;
}
