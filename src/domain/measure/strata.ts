/**
 * Post-stratification of scenarios on a control whose law is known: the book's elliptical proxy
 * C = sum_i c_i x_i, which under a t-copula is exactly scale * t_nu.
 *
 * Scenarios are put into cells of C of equal width; each gets the weight P(cell) / n(cell), so the weighted
 * sample has the true distribution of C, and the error left in the book's own quantile is only what C does
 * not explain. The weights form one law: quantiles, tail means and components taken from it are coherent.
 *
 * Flow: scenario/score-matrix -> here -> measure/weighted-tail. Shapes: S scenarios in GROUPS groups.
 */
import { studentCdf } from '#math/special-functions.ts';
import { GROUP_POINTS, GROUPS } from '../scenario/lattice.ts';

const REACH = 8;
const CELLS_PER_UNIT = 4;
const CELLS = 2 * REACH * CELLS_PER_UNIT;
/** Sparser cells are merged with the next one inwards. */
const LEAST_IN_STRATUM = 12;

export const MAX_STRATA = CELLS;

export interface Strata {
  /** Stratum of each scenario, S. */
  readonly of: Uint8Array;
  /** Weight of one scenario in each stratum, and scenarios in it. */
  readonly weight: Float64Array;
  readonly count: Int32Array;
  /** Scenarios per group and stratum, GROUPS x MAX_STRATA. */
  readonly groupCount: Int32Array;
}

export function createStrata(scenarios: number): Strata {
  return {
    of: new Uint8Array(scenarios),
    weight: new Float64Array(MAX_STRATA),
    count: new Int32Array(MAX_STRATA),
    groupCount: new Int32Array(GROUPS * MAX_STRATA),
  };
}

const cellMass = new Map<number, Float64Array>();

function massOf(nu: number): Float64Array {
  const known = cellMass.get(nu);
  if (known !== undefined) return known;
  const mass = new Float64Array(CELLS);
  let below = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const cdf = cell === CELLS - 1 ? 1 : studentCdf((cell + 1) / CELLS_PER_UNIT - REACH, nu);
    mass[cell] = cdf - below;
    below = cdf;
  }
  if (cellMass.size > 64) cellMass.clear();
  cellMass.set(nu, mass);
  return mass;
}

const merged = new Uint8Array(CELLS);
const cellCount = new Int32Array(CELLS);

/** Maps cells to strata from both ends inwards, so that each stratum holds enough scenarios. */
function mergeCells(scenarios: number): void {
  const half = CELLS / 2;
  let left = 0;
  let right = CELLS - 1;
  let held = 0;
  for (let cell = 0; cell < half; cell++) {
    held += cellCount[cell]!;
    if (held < LEAST_IN_STRATUM && cell < half - 1) continue;
    merged.fill(cell, left, cell + 1);
    left = cell + 1;
    held = 0;
  }
  held = 0;
  for (let cell = CELLS - 1; cell >= half; cell--) {
    held += cellCount[cell]!;
    if (held < LEAST_IN_STRATUM && cell > half) continue;
    merged.fill(cell, cell, right + 1);
    right = cell - 1;
    held = 0;
  }
  if (scenarios < 2 * LEAST_IN_STRATUM) merged.fill(0);
}

/** Fills `out` from the control; `scale` is the control's own scale. Equal weights where the scale is 0. */
export function stratify(control: Float64Array, scale: number, nu: number, out: Strata): void {
  const size = control.length;
  const { of, weight, count, groupCount } = out;
  const factor = scale > 0 ? CELLS_PER_UNIT / scale : 0;
  const shift = REACH * CELLS_PER_UNIT;
  cellCount.fill(0);
  for (let s = 0; s < size; s++) {
    const cell = Math.min(Math.max((control[s]! * factor + shift) | 0, 0), CELLS - 1);
    of[s] = cell;
    cellCount[cell]!++;
  }
  mergeCells(size);
  const mass = massOf(nu);
  weight.fill(0);
  count.fill(0);
  for (let cell = 0; cell < CELLS; cell++) {
    weight[merged[cell]!]! += mass[cell]!;
    count[merged[cell]!]! += cellCount[cell]!;
  }
  let covered = 0;
  for (let k = 0; k < CELLS; k++) if (count[k]! > 0) covered += weight[k]!;
  for (let k = 0; k < CELLS; k++) weight[k] = count[k]! > 0 ? weight[k]! / (covered * count[k]!) : 0;
  groupCount.fill(0);
  for (let s = 0; s < size; s++) {
    const stratum = merged[of[s]!]!;
    of[s] = stratum;
    groupCount[((s / GROUP_POINTS) | 0) * MAX_STRATA + stratum]!++;
  }
}
