/**
 * The quantile function of one two-piece Student-t law at the coarse knots, by inverting its distribution
 * function from a fixed set of standardised outcomes: one table look-up each instead of an iteration per knot.
 *
 * With x = location + scale sinh(v), v on an even grid, z(v) = Phi^-1(F(x)) is nearly straight in both tails;
 * v is interpolated over z by Hermite cubics with the exact slope phi(z) / (f(x) scale cosh v).
 * Units: log returns. Shapes: COARSE_KNOTS.
 */
import { normalPdf, normalQuantile } from '#math/special-functions.ts';
import { hermiteCell, type InverseNodes } from './hermite-inverse.ts';
import { type TailsAt, type TwoPieceStudent, twoPieceTails } from './mixture-cdf.ts';
import { COARSE_KNOTS, coarseScore, SCORE_LIMIT } from './score-grid.ts';

const STEP = 0.25;
/** sinh(9) = 4052 scales: past the last knot's quantile for every nu above 2. */
const REACH = 9;
const NODES = (2 * REACH) / STEP + 1;

const nodes = {
  size: 0,
  score: new Float64Array(NODES),
  outcome: new Float64Array(NODES),
  slope: new Float64Array(NODES),
};
const at: TailsAt = { lower: 0, upper: 0, density: 0 };

export function quantileKnots(law: TwoPieceStudent, out: Float64Array, start: number): void {
  nodes.size = 0;
  for (let j = 0; j < NODES; j++) {
    const v = j * STEP - REACH;
    twoPieceTails(law.location + law.scale * Math.sinh(v), law, at);
    const z = at.lower < at.upper ? normalQuantile(at.lower) : -normalQuantile(at.upper);
    if (z < -SCORE_LIMIT - 2 || z > SCORE_LIMIT + 2 || !Number.isFinite(z)) continue;
    if (nodes.size > 0 && z - nodes.score[nodes.size - 1]! < 1e-9) continue;
    nodes.score[nodes.size] = z;
    nodes.outcome[nodes.size] = v;
    nodes.slope[nodes.size++] = normalPdf(z) / Math.max(at.density * law.scale * Math.cosh(v), 1e-300);
  }
  let cell = 0;
  for (let k = 0; k < COARSE_KNOTS; k++) {
    const score = coarseScore(k);
    while (cell < nodes.size - 2 && nodes.score[cell + 1]! <= score) cell++;
    out[start + k] = law.location + law.scale * Math.sinh(hermiteCell(nodes as InverseNodes, cell, score));
  }
}
