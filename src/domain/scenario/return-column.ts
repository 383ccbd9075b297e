/**
 * One symbol's simple returns over the joint scenarios: the scenario of rank k among S gets the mean of the
 * marginal law between its quantiles k/S and (k+1)/S. Every column thus has the marginal's own mean and tail
 * means to the last digit, whatever the draws; only the dependence is sampled (ADR 0021).
 *
 * Flow: scenario/copula-ranks, measure/marginal-table -> here -> measure/book-risk.
 * Units: simple returns. Shapes: S scenarios.
 */
import { normalPdf, normalQuantile } from '#math/special-functions.ts';
import { meanReturn, partialMeanAt } from '../measure/marginal-risk.ts';
import type { MarginalTable } from '../measure/marginal-table.ts';
import { SCENARIOS } from './lattice.ts';

let edges: { readonly score: Float64Array; readonly pdf: Float64Array } | undefined;
const cellMeans = new Float32Array(SCENARIOS);

/** Normal scores and densities at k / S for k in 1..S-1. */
function edgesOf(): { readonly score: Float64Array; readonly pdf: Float64Array } {
  if (edges === undefined) {
    const score = Float64Array.from({ length: SCENARIOS }, (_, k) => normalQuantile(k / SCENARIOS));
    edges = { score, pdf: score.map(normalPdf) };
  }
  return edges;
}

export function fillReturnColumn(marginal: MarginalTable, rank: Uint16Array, out: Float32Array): void {
  if (rank.length !== SCENARIOS || out.length !== SCENARIOS)
    throw new RangeError(`columns have ${SCENARIOS} scenarios, not ${rank.length} and ${out.length}`);
  const { score, pdf } = edgesOf();
  let before = 0;
  for (let k = 1; k < SCENARIOS; k++) {
    const upTo = partialMeanAt(marginal, score[k]!, k / SCENARIOS, pdf[k]!);
    cellMeans[k - 1] = SCENARIOS * (upTo - before);
    before = upTo;
  }
  cellMeans[SCENARIOS - 1] = SCENARIOS * (meanReturn(marginal) - before);
  for (let s = 0; s < SCENARIOS; s++) out[s] = cellMeans[rank[s]!]!;
}
