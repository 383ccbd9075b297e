/**
 * A second pass for books whose first one is too coarse: scenarios of the same t-copula, drawn along the book's
 * elliptical proxy C and mostly where it loses, then moved onto the marginals.
 *
 *   p = u^POWER, q = T_2^-1(p), weight proportional to POWER u^(POWER-1) t_nu(q) / t_2(q), and likewise for the radius
 *   x | C = q is t_{nu+1} about beta q with squared scale (R - beta beta') (nu + q^2) / (nu + 1), beta = R c / scale
 *   = beta q + radius (L - beta (L' c / scale)') n, n independent normal, R = L L': a sum of columns for each leg
 *
 * Nothing is kept of it but the base draws, so it costs time where it is needed and no memory by epoch.
 * Flow: scenario/tail-draws, measure/book-proxy -> here -> measure/book-risk.
 * Units: profit and loss of one unit of gross exposure. Shapes: A symbols, S scenarios.
 */
import { choleskyInPlace } from '#math/linear-algebra.ts';
import { studentPdf } from '#math/special-functions.ts';
import { GROUP_POINTS, GROUPS, SCENARIOS } from '../scenario/lattice.ts';
import { createMixing } from '../scenario/student-mixing.ts';
import { tailDraws } from '../scenario/tail-draws.ts';
import type { BookProxy } from './book-proxy.ts';
import type { MarginalTable } from './marginal-table.ts';
import { readAt, STUDENT_KNOTS, studentPosition, tabulateStudentReturn } from './student-return.ts';
import {
  INDEX_BITS,
  readWorst,
  type TailReading,
  THINNING,
  WINDOW,
  type WorstScenarios,
} from './weighted-tail.ts';

const POWER = 3;

export interface TailPass {
  readonly columns: readonly Float32Array[];
  readonly worst: WorstScenarios;
  read(tail: number): TailReading;
}

export interface TailBook {
  readonly weights: Float64Array;
  readonly marginals: readonly MarginalTable[];
  readonly correlation: Float64Array;
  readonly nu: number;
  readonly seed: number;
}

interface Radii {
  readonly nu: number;
  readonly seed: number;
  /** q and the residual's radius sqrt((nu + q^2) / (nu + 1)) * mixing. */
  readonly q: Float64Array;
  readonly radius: Float64Array;
  /** Weight of each scenario; all sum to one. */
  readonly weight: Float64Array;
}

const MAX_RADII = 6;
const radii: Radii[] = [];

function radiiOf(nu: number, seed: number): Radii {
  const known = radii.find((one) => one.nu === nu && one.seed === seed);
  if (known !== undefined) return known;
  const { place, radial, radialWeight } = tailDraws(seed, 0);
  const mixing = createMixing(nu + 1);
  const q = new Float64Array(SCENARIOS);
  const radius = new Float64Array(SCENARIOS);
  const weight = new Float64Array(SCENARIOS);
  let total = 0;
  for (let s = 0; s < SCENARIOS; s++) {
    const u = place[s]!;
    const p = u ** POWER;
    const value = (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
    q[s] = value;
    radius[s] = Math.sqrt((nu + value * value) / (nu + 1)) * mixing(radial[s]!);
    weight[s] =
      POWER * u ** (POWER - 1) * radialWeight[s]! * studentPdf(value, nu) * (2 + value * value) ** 1.5;
    total += weight[s]!;
  }
  for (let s = 0; s < SCENARIOS; s++) weight[s]! /= total;
  const made = { nu, seed, q, radius, weight };
  if (radii.length >= MAX_RADII) radii.shift();
  radii.push(made);
  return made;
}

const pnl = new Float64Array(SCENARIOS);
const packed = new Float64Array(SCENARIOS);
const words = new Uint32Array(packed.buffer);
const worst: WorstScenarios = {
  index: new Uint16Array(SCENARIOS),
  value: new Float64Array(SCENARIOS),
  cumulative: new Float64Array(SCENARIOS),
  size: 0,
};
const columns: Float32Array[] = [];
const returnOf = new Float64Array(STUDENT_KNOTS);
const position = new Float64Array(GROUP_POINTS);

/** Good until the next call. Undefined where the proxy or the correlation is degenerate. */
export function tailPass(book: TailBook, proxy: BookProxy, deepest: number): TailPass | undefined {
  const { weights, marginals, correlation, nu, seed } = book;
  const { scale } = proxy;
  const legs = weights.length;
  const factor = Float64Array.from(correlation);
  if (!(scale > 0) || !choleskyInPlace(factor, legs)) return undefined;
  const { normals, memory } = tailDraws(seed, legs);
  const { q, radius, weight } = radiiOf(nu, seed);
  while (columns.length < legs) columns.push(new Float32Array(SCENARIOS));
  const used = normals.slice(0, legs);
  const along = Float64Array.from(weights, (_, b) => {
    let sum = 0;
    for (let a = b; a < legs; a++) sum += (proxy.weights[a]! / scale) * factor[a * legs + b]!;
    return sum;
  });
  pnl.fill(0);
  for (let a = 0; a < legs; a++) {
    // beta = (R c)_a / scale, with R = L L'.
    let beta = 0;
    for (let b = 0; b <= a; b++) beta += factor[a * legs + b]! * along[b]!;
    const residual = along.map((share, b) => (b <= a ? factor[a * legs + b]! : 0) - beta * share);
    tabulateStudentReturn(marginals[a]!.simpleReturn, nu, returnOf);
    // Group by group, so that the rows stay in the cache.
    for (let from = 0; from < SCENARIOS; from += GROUP_POINTS) {
      memory.sum(residual, used, memory.pnl, from, from + GROUP_POINTS);
      addLeg(columns[a]!, weights[a]!, beta, q, radius, memory.pnl, from);
    }
  }
  order(weight, deepest);
  return {
    columns: columns.slice(0, legs),
    worst,
    read: (tail) => readWorst(worst, tail, (at, quantile) => errorsOf(weight, at, quantile, tail)),
  };
}

function addLeg(
  column: Float32Array,
  held: number,
  beta: number,
  q: Float64Array,
  radius: Float64Array,
  residual: Float64Array,
  from: number,
): void {
  // Two loops: the first one's divisions do not wait for the second one's stores.
  for (let s = 0; s < GROUP_POINTS; s++)
    position[s] = studentPosition(beta * q[from + s]! + radius[from + s]! * residual[from + s]!);
  for (let s = 0; s < GROUP_POINTS; s++) {
    const value = readAt(returnOf, position[s]!);
    column[from + s] = value;
    pnl[from + s]! += held * value;
  }
}

/** Orders the worst scenarios down to a weight of (1 + WINDOW) * deepest and a little more. */
function order(weight: Float64Array, deepest: number): void {
  const deep = Math.min((1 + WINDOW) * deepest, 1);
  if (!collect(weight, thresholdFor(weight, deep), deep)) collect(weight, Infinity, deep);
}

function thresholdFor(weight: Float64Array, deep: number): number {
  let size = 0;
  for (let s = 0; s < SCENARIOS; s += THINNING) {
    packed[size] = pnl[s]!;
    words[2 * size] = (words[2 * size]! & ~INDEX_BITS) | s;
    size++;
  }
  packed.subarray(0, size).sort();
  const target = (1.15 * deep + 0.001) / THINNING;
  let sum = 0;
  for (let j = 0; j < size; j++) {
    sum += weight[words[2 * j]! & INDEX_BITS]!;
    if (sum >= target) return packed[j]!;
  }
  return Infinity;
}

function collect(weight: Float64Array, threshold: number, deep: number): boolean {
  let size = 0;
  for (let s = 0; s < SCENARIOS; s++) {
    if (!(pnl[s]! <= threshold)) continue;
    packed[size] = pnl[s]!;
    words[2 * size] = (words[2 * size]! & ~INDEX_BITS) | s;
    size++;
  }
  packed.subarray(0, size).sort();
  let cumulative = 0;
  for (let j = 0; j < size; j++) {
    const s = words[2 * j]! & INDEX_BITS;
    cumulative += weight[s]!;
    worst.index[j] = s;
    worst.value[j] = pnl[s]!;
    worst.cumulative[j] = cumulative;
  }
  worst.size = size;
  return threshold === Infinity || cumulative >= deep;
}

const massOf = new Float64Array(GROUPS);
const lossOf = new Float64Array(GROUPS);

/** Spread of the sum over independent groups. */
function spread(parts: Float64Array): number {
  const mean = parts.reduce((sum, part) => sum + part, 0) / GROUPS;
  const squares = parts.reduce((sum, part) => sum + (part - mean) ** 2, 0);
  return Math.sqrt((GROUPS / (GROUPS - 1)) * squares);
}

function errorsOf(
  weight: Float64Array,
  at: number,
  quantile: number,
  tail: number,
): { mass: number; shortfall: number } {
  massOf.fill(0);
  lossOf.fill(0);
  for (let j = 0; j <= at; j++) {
    const s = worst.index[j]!;
    const group = (s / GROUP_POINTS) | 0;
    massOf[group]! += weight[s]!;
    lossOf[group]! += (weight[s]! * (quantile - worst.value[j]!)) / tail;
  }
  return { mass: spread(massOf), shortfall: spread(lossOf) };
}
