/**
 * Euler contributions: how much of a book's VaR and expected shortfall each symbol carries.
 *
 * Component ES_i = -(1/a) E[v_i r_i over the worst scenarios], the quantile's atom shared. Component VaR_i =
 * E[-v_i r_i | loss = VaR], by a triangular window of weight around the quantile. What either sum misses of the
 * measure (the strata's shifts, the window's width) is spread in proportion to |component|.
 * Source: Tasche (1999); kernel estimate as in Epperlein and Smillie (2006).
 * Units: currency, losses positive. Shapes: A symbols.
 */
import { positionOf, type TailReading, WINDOW, type WorstScenarios, weightAt } from './weighted-tail.ts';

export interface Components {
  readonly valueAtRisk: Float64Array;
  readonly shortfall: Float64Array;
}

const shares = { held: new Float64Array(0) };
const beyonds = { held: new Float64Array(0) };

/** At least so many numbers, of whatever they were before. */
function room(scratch: { held: Float64Array }, length: number): Float64Array {
  if (scratch.held.length < length) scratch.held = new Float64Array(2 * length);
  return scratch.held;
}

export function eulerComponents(
  weights: Float64Array,
  columns: readonly Float32Array[],
  worst: WorstScenarios,
  tail: number,
  reading: TailReading,
): Components {
  const valueAtRisk = new Float64Array(columns.length);
  const shortfall = new Float64Array(columns.length);
  const { at } = reading;
  const before = at > 0 ? worst.cumulative[at - 1]! : 0;
  const first = positionOf(worst, (1 - WINDOW) * tail);
  const last = positionOf(worst, Math.min((1 + WINDOW) * tail, 1));
  // What each scenario weighs is the same for all symbols.
  const share = room(shares, last + 1 - first);
  const beyond = room(beyonds, at);
  let mass = 0;
  for (let j = first; j <= last; j++) {
    const weight = weightAt(worst, j);
    const centre = 0.5 * (worst.cumulative[j]! + (j > 0 ? worst.cumulative[j - 1]! : 0));
    const kernel = Math.max(1 - Math.abs(centre - tail) / (WINDOW * tail), 1e-6);
    share[j - first] = kernel * weight;
    mass += kernel * weight;
  }
  for (let j = 0; j < at; j++) beyond[j] = weightAt(worst, j);
  for (let a = 0; a < columns.length; a++) {
    const column = columns[a]!;
    let mean = (tail - before) * column[worst.index[at]!]!;
    for (let j = 0; j < at; j++) mean += beyond[j]! * column[worst.index[j]!]!;
    shortfall[a] = (-weights[a]! * mean) / tail;
    let near = 0;
    for (let j = first; j <= last; j++) near += share[j - first]! * column[worst.index[j]!]!;
    valueAtRisk[a] = (-weights[a]! * near) / mass;
  }
  balance(valueAtRisk, reading.valueAtRisk);
  balance(shortfall, reading.shortfall);
  return { valueAtRisk, shortfall };
}

/** Makes parts sum to the total, the difference shared by size. */
export function balance(parts: Float64Array, total: number): void {
  let sum = 0;
  let size = 0;
  for (const part of parts) {
    sum += part;
    size += Math.abs(part);
  }
  for (let a = 0; a < parts.length; a++)
    parts[a]! += (total - sum) * (size > 0 ? Math.abs(parts[a]!) / size : 1 / parts.length);
}
