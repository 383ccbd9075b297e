/**
 * The joint law of the symbols' next returns, given their marginals: a t-copula with discounted correlation.
 * A pure function of the recent scores, so replicas that saw the same bars hold the same law, in whatever
 * order the bars arrived.
 *
 * Flow: memory/score-history -> here -> scenario/copula-ranks. Shapes: scores T x A, correlation A x A.
 */
import { copulaDegrees } from './copula-degrees.ts';
import { pairCorrelation } from './pair-correlation.ts';

export interface JointLaw {
  readonly correlation: Float64Array;
  readonly nu: number;
  /** Discounted rows of the pair that has fewest. */
  readonly fewestRows: number;
}

export function jointLaw(scores: Float64Array, length: number, symbols: number): JointLaw {
  const { correlation, rows } = pairCorrelation(scores, length, symbols);
  return {
    correlation,
    nu: copulaDegrees(scores, length, symbols, correlation),
    fewestRows: rows.length === 0 ? 0 : rows.reduce((least, value) => Math.min(least, value)),
  };
}
