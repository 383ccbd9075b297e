/**
 * The slow plain twin of the scenario path: every scenario weighted and moved by its stratum, sorted
 * whole, summed in order. Same definitions, none of the tricks.
 */
import type { Book } from '../../src/domain/measure/book-risk.ts';
import type { Strata } from '../../src/domain/measure/strata.ts';

export interface NaiveRisk {
  readonly valueAtRisk: number;
  readonly shortfall: number;
  readonly componentEs: readonly number[];
}

export function naiveBookRisk(book: Book, strata: Strata, confidence: number): NaiveRisk {
  const { legs } = book;
  const scenarios = legs[0]!.returns.length;
  const tail = 1 - confidence;
  // Strata are those of the book of one unit of gross exposure.
  const gross = legs.reduce((sum, leg) => sum + Math.abs(leg.exposure), 0);
  const rows = Array.from({ length: scenarios }, (_, s) => {
    const parts = legs.map((leg) => leg.exposure * leg.returns[s]!);
    return {
      pnl: parts.reduce((sum, part) => sum + part, 0) + gross * strata.shift[strata.cellOf[s]!]!,
      parts,
      weight: strata.weight[strata.cellOf[s]!]!,
    };
  }).sort((a, b) => a.pnl - b.pnl);
  const componentEs = legs.map(() => 0);
  let mass = 0;
  let shortfall = 0;
  for (const { pnl, parts, weight } of rows) {
    const taken = Math.min(weight, tail - mass);
    shortfall -= (taken * pnl) / tail;
    parts.forEach((part, a) => {
      componentEs[a]! -= (taken * part) / tail;
    });
    mass += weight;
    if (mass >= tail * (1 - 1e-12))
      return { valueAtRisk: -pnl, shortfall, componentEs: balanced(componentEs, shortfall) };
  }
  throw new RangeError('the weights do not reach the tail');
}

/** What the parts miss of the whole is shared by their size. */
function balanced(parts: readonly number[], whole: number): number[] {
  const sum = parts.reduce((total, part) => total + part, 0);
  const size = parts.reduce((total, part) => total + Math.abs(part), 0);
  return parts.map((part) => part + ((whole - sum) * Math.abs(part)) / size);
}
