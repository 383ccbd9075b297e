/**
 * Tails, density and quantile of one two-piece Student-t law.
 *
 * With g the skew and z = (x - location) / scale, the mass below the mode is 1 / (1 + g^2), and
 *   F(x) = 2 / (1 + g^2) T_nu(g z) for z < 0,   1 - F(x) = 2 g^2 / (1 + g^2) T_nu(-z / g) for z >= 0.
 * Both tails are returned, so that neither is lost to cancellation. Where nu lies on the tabulated Student
 * grid, T and t are read from it (exact to about 1e-9); elsewhere they are computed.
 *
 * Flow: posterior/predictive-mixture -> here -> measure/marginal-exact. Units: log returns, probabilities.
 */
import { studentCdf, studentPdf, studentQuantile } from '#math/special-functions.ts';
import { BEND, CELLS, exactGridIndex, gridRow, KNOT_STRIDE } from '#math/student-grid.ts';
import type { PredictiveMixture } from '../posterior/predictive-mixture.ts';

export interface TwoPieceStudent {
  readonly location: number;
  readonly scale: number;
  readonly nu: number;
  readonly skew: number;
  /** The tabulated Student law, where nu is on the grid. */
  readonly row: Float64Array | undefined;
}

export interface TailsAt {
  lower: number;
  upper: number;
  density: number;
}

interface StudentPoint {
  tail: number;
  density: number;
}

const point: StudentPoint = { tail: 0, density: 0 };

/** T_nu(-size) and t_nu(size) into `point`. */
function studentAt(size: number, { nu, row }: TwoPieceStudent): void {
  const position = (size / (size + BEND)) * CELLS;
  const knot = Math.trunc(position);
  if (row === undefined || !(knot < CELLS - 1)) {
    point.tail = studentCdf(-size, nu);
    point.density = studentPdf(size, nu);
    return;
  }
  const u = position - knot;
  const v = 1 - u;
  const a = v * v * (1 + 2 * u);
  const b = u * v * v;
  const c = u * u * (1 + 2 * v);
  const d = -u * u * v;
  const at = knot * KNOT_STRIDE;
  point.tail = a * row[at]! + b * row[at + 1]! + c * row[at + 4]! + d * row[at + 5]!;
  point.density = a * row[at + 2]! + b * row[at + 3]! + c * row[at + 6]! + d * row[at + 7]!;
}

export function twoPieceTails(x: number, law: TwoPieceStudent, out: TailsAt): void {
  const { location, scale, skew } = law;
  const z = (x - location) / scale;
  const left = 2 / (1 + skew * skew);
  if (z < 0) {
    studentAt(-z * skew, law);
    out.lower = left * point.tail;
    out.upper = 1 - out.lower;
  } else {
    studentAt(z / skew, law);
    out.upper = (2 - left) * point.tail;
    out.lower = 1 - out.upper;
  }
  out.density = (left * skew * point.density) / scale;
}

/** Quantile where `lower` is the mass below and `upper` the mass above. */
export function twoPieceQuantile(lower: number, upper: number, law: TwoPieceStudent): number {
  const square = law.skew * law.skew;
  const standard =
    lower * (1 + square) < 1
      ? studentQuantile((lower * (1 + square)) / 2, law.nu) / law.skew
      : -law.skew * studentQuantile((upper * (1 + square)) / (2 * square), law.nu);
  return law.location + law.scale * standard;
}

export function studentRow(nu: number): Float64Array | undefined {
  const index = exactGridIndex(nu);
  return index < 0 ? undefined : gridRow(index);
}

export function component(mixture: PredictiveMixture, index: number): TwoPieceStudent {
  const nu = mixture.nu[index]!;
  return {
    location: mixture.location[index]!,
    scale: mixture.scale[index]!,
    nu,
    skew: mixture.skew[index]!,
    row: studentRow(nu),
  };
}
