/**
 * VaR and ES of a log return from its fine quantile row: what a one-step forecast says before it is turned
 * into money. The quantile is linear in the score between knots, so each cell's part of the tail mean is
 * exact: int (a + b z) phi = a (Phi(z2) - Phi(z1)) - b (phi(z2) - phi(z1)).
 *
 * Flow: marginal-table logReturn row -> here -> engine/forecast-ledger.
 * Units: log return, losses positive. Shapes: row has FINE_KNOTS entries.
 */
import { normalCdf, normalPdf, normalQuantile } from '#math/special-functions.ts';
import { FINE_CDF, FINE_PDF, FINE_STEP, fineScore, interpolateFine } from './score-grid.ts';

export interface LogTail {
  readonly valueAtRisk: number;
  readonly shortfall: number;
}

export function logTail(row: Float64Array, confidence: number): LogTail {
  const score = normalQuantile(1 - confidence);
  const quantile = interpolateFine(row, score);
  let partial = row[0]! * FINE_CDF[0]!;
  let knot = 0;
  for (; fineScore(knot + 1) <= score; knot++)
    partial += cell(row, knot, FINE_CDF[knot + 1]!, FINE_PDF[knot + 1]!);
  partial += cell(row, knot, normalCdf(score), normalPdf(score));
  return { valueAtRisk: -quantile, shortfall: Math.max(-quantile, -partial / (1 - confidence)) };
}

/** Part of the tail mean between a knot and the point with this distribution and density. */
function cell(row: Float64Array, knot: number, cdf: number, pdf: number): number {
  const slope = (row[knot + 1]! - row[knot]!) / FINE_STEP;
  const intercept = row[knot]! - slope * fineScore(knot);
  return intercept * (cdf - FINE_CDF[knot]!) - slope * (pdf - FINE_PDF[knot]!);
}
