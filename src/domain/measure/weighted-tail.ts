/**
 * The lower tail of a weighted sample: its worst scenarios in order, and from them quantiles, tail means
 * and their numerical errors.
 *
 *   VaR = -x_(k), k the first with cumulative weight >= a;
 *   ES  = -(1/a) [ sum_{j<k} w_j x_(j) + (a - W_{k-1}) x_(k) ]      (Acerbi and Tasche 2002, the atom shared)
 *
 * Ordering: only a tail a little deeper than asked is sorted. A scenario's index rides in the low mantissa
 * bits of its value (2^-38 of it), so one numeric sort orders values and indices together.
 *
 * Flow: measure/profit-and-loss, measure/strata -> here -> measure/book-risk. Units: currency, loss < 0.
 */
import { selectInPlace } from '#math/quantile.ts';
import { GROUP_POINTS, GROUPS } from '../scenario/lattice.ts';
import { CELLS, type Strata } from './strata.ts';

export const INDEX_BITS = 0x3fff;
export const THINNING = 16;
/** The component window and the density estimate reach this share of the tail beyond and short of it. */
export const WINDOW = 0.3;

export interface WorstScenarios {
  /** Indices, worst first; `size` used. */
  readonly index: Uint16Array;
  /** Profit and loss of each, its stratum's shift included. */
  readonly value: Float64Array;
  /** Weight up to and including each. */
  readonly cumulative: Float64Array;
  size: number;
}

export interface TailScratch {
  readonly packed: Float64Array;
  readonly thinned: Float64Array;
  readonly worst: WorstScenarios;
}

export function createTailScratch(scenarios: number): TailScratch {
  if (scenarios > INDEX_BITS + 1) throw new RangeError(`at most ${INDEX_BITS + 1} scenarios`);
  return {
    packed: new Float64Array(scenarios),
    thinned: new Float64Array(Math.ceil(scenarios / THINNING)),
    worst: {
      index: new Uint16Array(scenarios),
      value: new Float64Array(scenarios),
      cumulative: new Float64Array(scenarios),
      size: 0,
    },
  };
}

/** Orders the worst scenarios so deep that their weight reaches (1 + WINDOW) * tail. */
export function orderTail(pnl: Float64Array, strata: Strata, tail: number, scratch: TailScratch): void {
  const { thinned } = scratch;
  const deep = Math.min((1 + WINDOW) * tail, 1);
  for (let i = 0; i < thinned.length; i++) thinned[i] = pnl[i * THINNING]!;
  const rank = Math.ceil((1.15 * deep + 0.006) * thinned.length);
  const threshold = rank >= thinned.length ? Infinity : selectInPlace(thinned, rank);
  if (!collect(pnl, strata, threshold, deep, scratch)) collect(pnl, strata, Infinity, deep, scratch);
}

function collect(
  pnl: Float64Array,
  strata: Strata,
  threshold: number,
  deep: number,
  { packed, worst }: TailScratch,
): boolean {
  const words = new Uint32Array(packed.buffer);
  let size = 0;
  for (let s = 0; s < pnl.length; s++) {
    if (!(pnl[s]! <= threshold)) continue;
    packed[size] = pnl[s]! + strata.shift[strata.cellOf[s]!]!;
    words[2 * size] = (words[2 * size]! & ~INDEX_BITS) | s;
    size++;
  }
  packed.subarray(0, size).sort();
  let cumulative = 0;
  for (let j = 0; j < size; j++) {
    const s = words[2 * j]! & INDEX_BITS;
    const cell = strata.cellOf[s]!;
    worst.index[j] = s;
    worst.value[j] = pnl[s]! + strata.shift[cell]!;
    cumulative += strata.weight[cell]!;
    worst.cumulative[j] = cumulative;
  }
  worst.size = size;
  return threshold === Infinity || cumulative >= deep;
}

export interface TailReading {
  /** Position in the worst-first order of the scenario at the quantile. */
  readonly at: number;
  readonly valueAtRisk: number;
  readonly shortfall: number;
  readonly valueAtRiskError: number;
  readonly shortfallError: number;
}

/** First position whose cumulative weight reaches `mass`. */
export function positionOf(worst: WorstScenarios, mass: number): number {
  let low = 0;
  let high = worst.size - 1;
  const target = mass * (1 - 1e-12);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (worst.cumulative[middle]! >= target) high = middle;
    else low = middle + 1;
  }
  return low;
}

interface TailErrors {
  readonly mass: number;
  readonly shortfall: number;
}

export function readTail(strata: Strata, worst: WorstScenarios, tail: number): TailReading {
  return readWorst(worst, tail, (at, quantile) => groupErrors(strata, worst, at, quantile, tail));
}

/** `errorsAt` measures the mass below the quantile and the shortfall at a fixed one. */
export function readWorst(
  worst: WorstScenarios,
  tail: number,
  errorsAt: (at: number, quantile: number) => TailErrors,
): TailReading {
  const at = positionOf(worst, tail);
  const quantile = worst.value[at]!;
  let sum = 0;
  for (let j = 0; j < at; j++) sum += weightAt(worst, j) * worst.value[j]!;
  const before = at > 0 ? worst.cumulative[at - 1]! : 0;
  const mean = (sum + (tail - before) * quantile) / tail;
  const errors = errorsAt(at, quantile);
  const inner = worst.value[positionOf(worst, (1 - WINDOW) * tail)]!;
  const outer = worst.value[positionOf(worst, Math.min((1 + WINDOW) * tail, 1))]!;
  return {
    at,
    valueAtRisk: -quantile,
    shortfall: Math.max(-mean, -quantile),
    valueAtRiskError: (errors.mass * (outer - inner)) / (2 * WINDOW * tail),
    shortfallError: errors.shortfall,
  };
}

/** Of the scenario at a position. */
export function weightAt(worst: WorstScenarios, j: number): number {
  return j > 0 ? worst.cumulative[j]! - worst.cumulative[j - 1]! : worst.cumulative[0]!;
}

const massByStratum = new Float64Array(CELLS);
const lossByStratum = new Float64Array(CELLS);
const massByGroup = new Float64Array(GROUPS);
const lossByGroup = new Float64Array(GROUPS);

/**
 * Standard errors of the mass below the quantile and of the shortfall (at a fixed quantile, which the
 * minimum that defines it makes exact to first order), measured between the independent groups after
 * taking out what the strata explain.
 */
function groupErrors(
  strata: Strata,
  worst: WorstScenarios,
  at: number,
  quantile: number,
  tail: number,
): TailErrors {
  massByStratum.fill(0);
  lossByStratum.fill(0);
  massByGroup.fill(0);
  lossByGroup.fill(0);
  for (let j = 0; j <= at; j++) {
    const s = worst.index[j]!;
    const cell = strata.cellOf[s]!;
    const stratum = strata.stratumOf[cell]!;
    const group = (s / GROUP_POINTS) | 0;
    const weight = strata.weight[cell]!;
    const loss = (quantile - worst.value[j]!) / tail;
    massByStratum[stratum]! += 1;
    lossByStratum[stratum]! += loss;
    massByGroup[group]! += weight;
    lossByGroup[group]! += weight * loss;
  }
  let mass = 0;
  let shortfall = 0;
  for (let group = 0; group < GROUPS; group++) {
    let expectedMass = 0;
    let expectedLoss = 0;
    for (let k = 0; k < CELLS; k++) {
      if (massByStratum[k] === 0) continue;
      const share = (strata.groupCount[group * CELLS + k]! * strata.weight[k]!) / strata.count[k]!;
      expectedMass += share * massByStratum[k]!;
      // The shift takes from the loss what the control's own deviation explains of it.
      const explained =
        (strata.groupControl[group * CELLS + k]! * strata.weight[k]! * massByStratum[k]!) /
        (strata.count[k]! * tail);
      expectedLoss += share * lossByStratum[k]! - explained;
    }
    mass += (massByGroup[group]! - expectedMass) ** 2;
    shortfall += (lossByGroup[group]! - expectedLoss) ** 2;
  }
  const factor = GROUPS / (GROUPS - 1);
  return { mass: Math.sqrt(factor * mass), shortfall: Math.sqrt(factor * shortfall) };
}
