/**
 * Post-stratification of scenarios on a control whose law is known: the book's elliptical proxy
 * C = sum_i c_i x_i, which under a t-copula is exactly scale * t_nu.
 *
 * Scenarios are put into cells of C of equal width; sparse cells join their inner neighbours to one stratum.
 * Each scenario weighs P(stratum) / n(stratum), so the weighted sample has the true distribution of C, and
 * the error left in the book's own quantile is only what C does not explain. In the tails a stratum's values
 * are also moved by what its mean of C lacks to the true E[C | stratum], so that the few outermost scenarios
 * stand for all that lies beyond them. The weights form one law: quantiles, tail means and components taken
 * from it are coherent (ADR 0021).
 *
 * Flow: scenario/copula-ranks -> here -> measure/weighted-tail. Shapes: S scenarios in GROUPS groups.
 */
import { studentCdf, studentPdf } from '#math/special-functions.ts';
import { GROUP_POINTS, GROUPS } from '../scenario/lattice.ts';

const REACH = 8;
const CELLS_PER_UNIT = 16;
export const CELLS = 2 * REACH * CELLS_PER_UNIT;
/** Cells this far out, from either end, have their mean corrected: beyond 1.5 scales. */
const TAIL_CELLS = (REACH - 1.5) * CELLS_PER_UNIT;
/** A stratum with fewer scenarios takes in the next cell inwards. */
const LEAST_IN_STRATUM = 6;

export interface Strata {
  /** Cell of each scenario, S. */
  readonly cellOf: Uint8Array;
  /** Per cell: the weight of one scenario in it, its stratum, and that stratum's scenarios. */
  readonly weight: Float64Array;
  readonly stratumOf: Uint8Array;
  readonly count: Int32Array;
  /** Per cell: what is added to the book's profit and loss of a scenario in it. */
  readonly shift: Float64Array;
  /** Scenarios per group and stratum, GROUPS x CELLS. */
  readonly groupCount: Int32Array;
  /** Per group and tail stratum: sum of the control less the stratum's mean of it, GROUPS x CELLS. */
  readonly groupControl: Float64Array;
}

export function createStrata(scenarios: number): Strata {
  return {
    cellOf: new Uint8Array(scenarios),
    weight: new Float64Array(CELLS),
    stratumOf: new Uint8Array(CELLS),
    count: new Int32Array(CELLS),
    shift: new Float64Array(CELLS),
    groupCount: new Int32Array(GROUPS * CELLS),
    groupControl: new Float64Array(GROUPS * CELLS),
  };
}

/** Mass of each cell under the t law, and its partial mean: the integral of u t(u) over it. */
interface CellLaw {
  readonly mass: Float64Array;
  readonly partialMean: Float64Array;
}

const cellLaws = new Map<number, CellLaw>();

function cellLaw(nu: number): CellLaw {
  const known = cellLaws.get(nu);
  if (known !== undefined) return known;
  const mass = new Float64Array(CELLS);
  const partialMean = new Float64Array(CELLS);
  let below = 0;
  let meanBelow = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const u = (cell + 1) / CELLS_PER_UNIT - REACH;
    const last = cell === CELLS - 1;
    const cdf = last ? 1 : studentCdf(u, nu);
    const mean = last ? 0 : (-(nu + u * u) / (nu - 1)) * studentPdf(u, nu);
    mass[cell] = cdf - below;
    partialMean[cell] = mean - meanBelow;
    below = cdf;
    meanBelow = mean;
  }
  const law = { mass, partialMean };
  if (cellLaws.size > 64) cellLaws.clear();
  cellLaws.set(nu, law);
  return law;
}

const cellCount = new Int32Array(CELLS);
const stratumMass = new Float64Array(CELLS);
const stratumMean = new Float64Array(CELLS);
const stratumCount = new Int32Array(CELLS);
const cellControl = new Float64Array(CELLS);
const controlSum = new Float64Array(CELLS);

/** Joins cells to strata from both ends inwards; a stratum is named by the first cell met. */
function joinCells(stratumOf: Uint8Array): void {
  const half = CELLS / 2;
  for (const step of [1, -1]) {
    let from = step === 1 ? 0 : CELLS - 1;
    const last = step === 1 ? half - 1 : half;
    let held = 0;
    for (let cell = from; cell !== last + step; cell += step) {
      stratumOf[cell] = from;
      held += cellCount[cell]!;
      if (held < LEAST_IN_STRATUM) continue;
      from = cell + step;
      held = 0;
    }
  }
}

/** Puts one group's scenarios into cells of the control; `scale` is the control's own scale. */
export function countCells(control: Float64Array, scale: number, group: number, out: Strata): void {
  const { cellOf, groupCount, groupControl } = out;
  const factor = scale > 0 ? CELLS_PER_UNIT / scale : 0;
  const shift = REACH * CELLS_PER_UNIT;
  const row = group * CELLS;
  groupCount.fill(0, row, row + CELLS);
  groupControl.fill(0, row, row + CELLS);
  const end = Math.min((group + 1) * GROUP_POINTS, control.length);
  for (let s = group * GROUP_POINTS; s < end; s++) {
    const value = control[s]!;
    let cell = (value * factor + shift) | 0;
    if (cell >>> 0 >= CELLS) cell = cell < 0 ? 0 : CELLS - 1;
    cellOf[s] = cell;
    groupCount[row + cell]!++;
    groupControl[row + cell]! += value;
  }
}

/** Joins sparse cells and sets weights and shifts, once every group is counted. */
export function weighStrata(scale: number, nu: number, out: Strata): void {
  const { weight, stratumOf, count } = out;
  addGroups(out);
  joinCells(stratumOf);
  const { mass } = cellLaw(nu);
  stratumMass.fill(0);
  stratumCount.fill(0);
  for (let cell = 0; cell < CELLS; cell++) {
    stratumMass[stratumOf[cell]!]! += mass[cell]!;
    stratumCount[stratumOf[cell]!]! += cellCount[cell]!;
  }
  let covered = 0;
  for (let k = 0; k < CELLS; k++) if (stratumCount[k]! > 0) covered += stratumMass[k]!;
  for (let cell = 0; cell < CELLS; cell++) {
    const k = stratumOf[cell]!;
    count[cell] = stratumCount[k]!;
    weight[cell] = count[cell]! > 0 ? stratumMass[k]! / (covered * count[cell]!) : 0;
  }
  setShifts(scale, nu, out);
  joinGroups(out);
}

function addGroups({ groupCount, groupControl }: Strata): void {
  cellCount.fill(0);
  cellControl.fill(0);
  for (let row = 0; row < groupCount.length; row += CELLS)
    for (let cell = 0; cell < CELLS; cell++) {
      cellCount[cell]! += groupCount[row + cell]!;
      cellControl[cell]! += groupControl[row + cell]!;
    }
}

/** Per tail stratum: scale * E[u | stratum] less the mean of its scenarios' controls. */
function setShifts(scale: number, nu: number, { stratumOf, count, shift }: Strata): void {
  const { partialMean } = cellLaw(nu);
  controlSum.fill(0);
  stratumMean.fill(0);
  for (let cell = 0; cell < CELLS; cell++) {
    controlSum[stratumOf[cell]!]! += cellControl[cell]!;
    stratumMean[stratumOf[cell]!]! += partialMean[cell]!;
  }
  for (let cell = 0; cell < CELLS; cell++) {
    const k = stratumOf[cell]!;
    shift[cell] =
      isTail(cell) && count[cell]! > 0
        ? (scale * stratumMean[k]!) / stratumMass[k]! - controlSum[k]! / count[cell]!
        : 0;
  }
}

function isTail(cell: number): boolean {
  return cell < TAIL_CELLS || cell >= CELLS - TAIL_CELLS;
}

/** Adds up the cells of each stratum, group by group, and centres the control sums of the tails. */
function joinGroups({ groupCount, groupControl, stratumOf, count }: Strata): void {
  for (let row = 0; row < groupCount.length; row += CELLS) {
    for (let cell = 0; cell < CELLS; cell++) {
      const k = stratumOf[cell]!;
      if (k === cell) continue;
      groupCount[row + k]! += groupCount[row + cell]!;
      groupControl[row + k]! += groupControl[row + cell]!;
      groupCount[row + cell] = 0;
    }
    for (let k = 0; k < CELLS; k++)
      groupControl[row + k] =
        isTail(k) && count[k]! > 0
          ? groupControl[row + k]! - (groupCount[row + k]! * controlSum[k]!) / count[k]!
          : 0;
  }
}
