/**
 * Degrees of freedom of the t-copula, by a grid with forgetting: each row's log copula density under every
 * grid value, discounted like the correlation, under a flat prior on the grid; the published value is the
 * posterior mean of 1/nu, inverted.
 *
 *   ln c = lnG((nu+d)/2) + (d-1) lnG(nu/2) - d lnG((nu+1)/2) - ln|R|/2
 *          - (nu+d)/2 ln(1 + x'R^-1 x / nu) + (nu+1)/2 sum ln(1 + x_i^2 / nu),  x = T_nu^-1(Phi(z))
 *
 * Flow: memory/score-history, dependence/pair-correlation -> here -> dependence/joint-law.
 * Shapes: scores T x A row-major with NaN for absent symbols; rows with under two symbols say nothing.
 */
import { choleskyInPlace, solveLower } from '#math/linear-algebra.ts';
import { lnGamma } from '#math/special-functions.ts';
import { DISCOUNT } from './pair-correlation.ts';
import { createStudentValue, type StudentValue } from './student-value.ts';

const GRID = [3, 4, 5, 7, 10, 15, 25, 50];
let students: StudentValue[] | undefined;

/** The present symbols of a row, and the Cholesky factor of their correlation. */
interface Pattern {
  readonly present: readonly number[];
  readonly factor: Float64Array;
  readonly halfLogDeterminant: number;
}

function patternOf(scores: Float64Array, row: number, correlation: Float64Array, symbols: number): Pattern {
  const present: number[] = [];
  for (let i = 0; i < symbols; i++) if (!Number.isNaN(scores[row + i]!)) present.push(i);
  const d = present.length;
  const factor = new Float64Array(d * d);
  present.forEach((i, a) => {
    present.forEach((j, b) => {
      factor[a * d + b] = correlation[i * symbols + j]!;
    });
  });
  if (!choleskyInPlace(factor, d)) throw new RangeError('the correlation is not positive definite');
  let halfLogDeterminant = 0;
  for (let a = 0; a < d; a++) halfLogDeterminant += Math.log(factor[a * d + a]!);
  return { present, factor, halfLogDeterminant };
}

function samePattern(scores: Float64Array, row: number, before: number, symbols: number): boolean {
  for (let i = 0; i < symbols; i++)
    if (Number.isNaN(scores[row + i]!) !== Number.isNaN(scores[before + i]!)) return false;
  return true;
}

function logDensity(x: Float64Array, pattern: Pattern, nu: number, solved: Float64Array): number {
  const d = pattern.present.length;
  solveLower(pattern.factor, d, x, solved);
  let form = 0;
  let own = 0;
  for (let a = 0; a < d; a++) {
    form += solved[a]! * solved[a]!;
    own += Math.log1p((x[a]! * x[a]!) / nu);
  }
  return (
    lnGamma((nu + d) / 2) +
    (d - 1) * lnGamma(nu / 2) -
    d * lnGamma((nu + 1) / 2) -
    pattern.halfLogDeterminant -
    ((nu + d) / 2) * Math.log1p(form / nu) +
    ((nu + 1) / 2) * own
  );
}

export function copulaDegrees(
  scores: Float64Array,
  length: number,
  symbols: number,
  correlation: Float64Array,
): number {
  students ??= GRID.map(createStudentValue);
  const evidence = new Float64Array(GRID.length);
  const x = new Float64Array(symbols);
  const solved = new Float64Array(symbols);
  let pattern: Pattern | undefined;
  for (let t = 0; t < length; t++) {
    const row = t * symbols;
    if (pattern === undefined || !samePattern(scores, row, row - symbols, symbols))
      pattern = patternOf(scores, row, correlation, symbols);
    if (pattern.present.length < 2) continue;
    const weight = DISCOUNT ** (length - 1 - t);
    for (const [g, student] of students.entries()) {
      pattern.present.forEach((i, a) => {
        x[a] = student.valueOf(scores[row + i]!);
      });
      evidence[g]! += weight * logDensity(x, pattern, student.nu, solved);
    }
  }
  const best = Math.max(...evidence);
  let inverse = 0;
  let total = 0;
  for (const [g, nu] of GRID.entries()) {
    const probability = Math.exp(evidence[g]! - best);
    total += probability;
    inverse += probability / nu;
  }
  return total / inverse;
}
