/**
 * Inverts a distribution function known at a few points: monotone cubic Hermite interpolation of the outcome
 * over its normal score, with the exact slope dx/dz = phi(z) / f(x) at every node.
 * Source: Fritsch and Carlson (1980) for the slope limit that keeps the cubic monotone.
 * Units: scores and log returns; nodes ascend strictly in score.
 */
import { FINE_KNOTS, fineScore } from './score-grid.ts';

export interface InverseNodes {
  readonly size: number;
  readonly score: Float64Array;
  readonly outcome: Float64Array;
  readonly slope: Float64Array;
}

/** The outcome at one score inside a cell. */
export function hermiteCell(nodes: InverseNodes, cell: number, score: number): number {
  const width = nodes.score[cell + 1]! - nodes.score[cell]!;
  const rise = nodes.outcome[cell + 1]! - nodes.outcome[cell]!;
  const secant = rise / width;
  const left = Math.min(nodes.slope[cell]!, 3 * secant) * width;
  const right = Math.min(nodes.slope[cell + 1]!, 3 * secant) * width;
  const t = (score - nodes.score[cell]!) / width;
  const square = t * t;
  const cube = square * t;
  return (
    nodes.outcome[cell]! +
    rise * (3 * square - 2 * cube) +
    left * (cube - 2 * square + t) +
    right * (cube - square)
  );
}

export function tabulateInverse(nodes: InverseNodes, out: Float64Array): void {
  const last = nodes.size - 1;
  let cell = 0;
  for (let knot = 0; knot < FINE_KNOTS; knot++) {
    const score = fineScore(knot);
    while (cell < last - 1 && nodes.score[cell + 1]! <= score) cell++;
    if (score < nodes.score[0]!) out[knot] = nodes.outcome[0]! + (score - nodes.score[0]!) * nodes.slope[0]!;
    else if (score > nodes.score[last]!)
      out[knot] = nodes.outcome[last]! + (score - nodes.score[last]!) * nodes.slope[last]!;
    else out[knot] = hermiteCell(nodes, cell, score);
    if (knot > 0 && out[knot]! < out[knot - 1]!) out[knot] = out[knot - 1]!;
  }
}
