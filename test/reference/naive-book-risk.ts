/**
 * The slow plain twin of the scenario path: every scenario weighted by its stratum, sorted whole, summed in
 * order. Same definitions, none of the tricks.
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
  const rows = Array.from({ length: scenarios }, (_, s) => {
    const parts = legs.map((leg) => leg.exposure * leg.returns[s]!);
    return {
      pnl: parts.reduce((sum, part) => sum + part, 0),
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
    if (mass >= tail * (1 - 1e-12)) return { valueAtRisk: -pnl, shortfall, componentEs };
  }
  throw new RangeError('the weights do not reach the tail');
}
