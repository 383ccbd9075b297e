/**
 * A grid of Student-t laws with tabulated distribution functions: the degrees of freedom that models may
 * take, so that sums over thousands of components cost a table look-up each and stay exact.
 *
 * nu - 2 runs over GRID_SIZE log-spaced values. A row covers z <= 0 by the coordinate
 * c = |z| / (|z| + 2) in [0, 1), uniform cells, cubic Hermite in c for the tail T(z) and for the density t(z);
 * rows are built on first use by Gauss-Legendre integration of the exact density from the far tail inwards.
 * Shapes: a row holds KNOT_STRIDE numbers a knot: T, dT/dc, t, dt/dc, with the derivatives times the cell.
 */
import { lnGamma, studentCdf } from './special-functions.ts';

export const GRID_SIZE = 256;
export const CELLS = 640;
export const KNOT_STRIDE = 4;
/** The coordinate's half-way point: c = 1/2 at |z| = BEND. */
export const BEND = 2;

const LOWEST = Math.log(0.05);
const STEP = (Math.log(400) - LOWEST) / (GRID_SIZE - 1);
/** The last knot lies at c = 1 - 1/CELLS: beyond it callers use the power tail of the last knot. */
const LAST_KNOT = CELLS - 1;

export const gridNu = Float64Array.from({ length: GRID_SIZE }, (_, i) => 2 + Math.exp(LOWEST + i * STEP));
/** ln of the standard density's constant: t(z) = exp(constant) (1 + z^2 / nu)^(-(nu + 1) / 2). */
export const gridLnConstant = gridNu.map(
  (nu) => lnGamma(0.5 * (nu + 1)) - lnGamma(0.5 * nu) - 0.5 * Math.log(Math.PI * nu),
);

/** E|t|, for nu > 1. */
export const gridMeanSize = gridNu.map((nu, index) => (2 * nu * Math.exp(gridLnConstant[index]!)) / (nu - 1));

/** Index of the grid law nearest to ln(nu - 2), clamped to the grid. */
export function nearestGridIndex(lnNuMinus2: number): number {
  const index = Math.round((lnNuMinus2 - LOWEST) / STEP);
  return index < 0 ? 0 : index >= GRID_SIZE ? GRID_SIZE - 1 : index;
}

/** By exponent and six bits of mantissa of nu - 2, which tell the grid's laws apart: a law's index + 1. */
const KEY_SHIFT = 14;
const float = new Float64Array(1);
const words = new Int32Array(float.buffer);
const firstKey = keyOf(gridNu[0]!);
const indexByKey = new Int16Array(keyOf(gridNu[GRID_SIZE - 1]!) - firstKey + 1);
for (let i = 0; i < GRID_SIZE; i++) indexByKey[keyOf(gridNu[i]!) - firstKey] = i + 1;

function keyOf(nu: number): number {
  float[0] = nu - 2;
  return words[1]! >> KEY_SHIFT;
}

/** Index of exactly this law, or -1 where nu is not on the grid. */
export function exactGridIndex(nu: number): number {
  const index = (indexByKey[keyOf(nu) - firstKey] ?? 0) - 1;
  return index >= 0 && gridNu[index] === nu ? index : -1;
}

const rows: (Float64Array | undefined)[] = new Array(GRID_SIZE).fill(undefined);
const NODES = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363];
const WEIGHTS = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];

export function gridRow(index: number): Float64Array {
  const known = rows[index];
  if (known !== undefined) return known;
  const built = buildRow(gridNu[index]!, gridLnConstant[index]!);
  rows[index] = built;
  return built;
}

function buildRow(nu: number, lnConstant: number): Float64Array {
  const row = new Float64Array(CELLS * KNOT_STRIDE);
  const cell = 1 / CELLS;
  const zAt = (c: number): number => (BEND * c) / (1 - c);
  const density = (z: number): number => Math.exp(lnConstant - 0.5 * (nu + 1) * Math.log1p((z * z) / nu));
  let tail = studentCdf(-zAt(LAST_KNOT * cell), nu);
  for (let knot = LAST_KNOT; knot >= 0; knot--) {
    const c = knot * cell;
    if (knot < LAST_KNOT) tail += cellMass(c, cell, zAt, density);
    const z = zAt(c);
    const slope = BEND / (1 - c) ** 2;
    const t = density(z);
    row[knot * KNOT_STRIDE] = tail;
    row[knot * KNOT_STRIDE + 1] = -t * slope * cell;
    row[knot * KNOT_STRIDE + 2] = t;
    row[knot * KNOT_STRIDE + 3] = ((-(nu + 1) * z * t) / (nu + z * z)) * slope * cell;
  }
  return row;
}

function cellMass(
  from: number,
  cell: number,
  zAt: (c: number) => number,
  density: (z: number) => number,
): number {
  let mass = 0;
  for (let node = 0; node < NODES.length; node++)
    for (const side of [-1, 1]) {
      const c = from + 0.5 * cell * (1 + side * NODES[node]!);
      mass += WEIGHTS[node]! * density(zAt(c)) * (BEND / (1 - c) ** 2);
    }
  return 0.5 * cell * mass;
}
