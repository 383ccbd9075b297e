/**
 * Euler contributions: how much of a book's VaR and expected shortfall each symbol carries.
 *
 * Component ES_i = -(1/a) E[v_i r_i over the worst scenarios], the quantile's atom shared. Component VaR_i =
 * E[-v_i r_i | loss = VaR], by a triangular window of weight around the quantile. What either sum misses of the
 * measure (the strata's shifts, the window's width) is spread in proportion to |component|.
 * Source: Tasche (1999); kernel estimate as in Epperlein and Smillie (2006).
 * Units: currency, losses positive. Shapes: A symbols.
 */
import { positionOf, type TailReading, WINDOW, type WorstScenarios } from './weighted-tail.ts';

export interface Components {
  readonly valueAtRisk: Float64Array;
  readonly shortfall: Float64Array;
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
  for (let a = 0; a < columns.length; a++) {
    const column = columns[a]!;
    let mean = (tail - before) * column[worst.index[at]!]!;
    let previous = 0;
    for (let j = 0; j < at; j++) {
      mean += (worst.cumulative[j]! - previous) * column[worst.index[j]!]!;
      previous = worst.cumulative[j]!;
    }
    shortfall[a] = (-weights[a]! * mean) / tail;
    let near = 0;
    let mass = 0;
    previous = first > 0 ? worst.cumulative[first - 1]! : 0;
    for (let j = first; j <= last; j++) {
      const centre = 0.5 * (worst.cumulative[j]! + previous);
      const kernel = Math.max(1 - Math.abs(centre - tail) / (WINDOW * tail), 1e-6);
      const share = kernel * (worst.cumulative[j]! - previous);
      near += share * column[worst.index[j]!]!;
      mass += share;
      previous = worst.cumulative[j]!;
    }
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
