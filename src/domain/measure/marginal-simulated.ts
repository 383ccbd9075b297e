/**
 * The marginal over several steps, from simulated sums of log returns: no square root of time anywhere.
 *
 * Quantiles are order statistics between interpolated plotting positions (i - 1/2) / n; beyond the
 * TAIL_ORDER-th order statistic from either end the tail continues by Hill's (1975) power law, fitted to the
 * outermost half per cent. The draws' sampling error is measured over GROUPS independent groups.
 * Posterior draws and members spread about the several-step law as they do about the one-step law: each
 * knot's distance from the median is scaled by the ratio of their one-step distances.
 *
 * Flow: AssetPosterior.simulate -> here -> measure/marginal-table. Units: log returns.
 */
import { fillParticleErrors } from './marginal-draws.ts';
import type { MarginalStamp } from './marginal-exact.ts';
import { completeMarginal, DRAWS, Header, MarginalKind, type MarginalTable } from './marginal-table.ts';
import { COARSE_KNOTS, FINE_CDF, FINE_CENTRE, FINE_KNOTS } from './score-grid.ts';

export const SIMULATION_GROUPS = 8;
const TAIL_ORDER = 48;
const TAIL_SHARE = 0.005;
const FINE_PER_COARSE = (FINE_KNOTS - 1) / (COARSE_KNOTS - 1);

/** Order statistic at probability p of an ascending sample, between plotting positions. */
function orderStatistic(sorted: Float64Array, p: number): number {
  const position = Math.min(Math.max(p * sorted.length - 0.5, 0), sorted.length - 1);
  const index = Math.min(Math.floor(position), sorted.length - 2);
  return sorted[index]! + (position - index) * (sorted[index + 1]! - sorted[index]!);
}

/** Hill's index of the tail distances |x - centre| beyond the k-th from the lower (or upper) end. */
function hillIndex(sorted: Float64Array, centre: number, k: number, upper: boolean): number {
  const at = (i: number): number => Math.abs(sorted[upper ? sorted.length - 1 - i : i]! - centre);
  const base = Math.log(at(k));
  let sum = 0;
  for (let i = 0; i < k; i++) sum += Math.log(at(i)) - base;
  return Math.min(Math.max(sum / k, 0), 0.9);
}

/** Tabulates an ascending sample's quantile function on the fine grid. */
export function tabulateSample(sorted: Float64Array, out: Float64Array): void {
  const n = sorted.length;
  const centre = orderStatistic(sorted, 0.5);
  const order = Math.min(TAIL_ORDER, Math.floor(n / 20));
  const edge = order / n;
  const hillOrder = Math.max(Math.floor(n * TAIL_SHARE), order);
  const lowerIndex = hillIndex(sorted, centre, hillOrder, false);
  const upperIndex = hillIndex(sorted, centre, hillOrder, true);
  const lowerEdge = orderStatistic(sorted, edge);
  const upperEdge = orderStatistic(sorted, 1 - edge);
  for (let k = 0; k < FINE_KNOTS; k++) {
    const below = FINE_CDF[k]!;
    const above = FINE_CDF[FINE_KNOTS - 1 - k]!;
    if (below < edge) out[k] = centre + (lowerEdge - centre) * (below / edge) ** -lowerIndex;
    else if (above < edge) out[k] = centre + (upperEdge - centre) * (above / edge) ** -upperIndex;
    else out[k] = orderStatistic(sorted, below);
    if (k > 0 && out[k]! < out[k - 1]!) out[k] = out[k - 1]!;
  }
}

/** Quantile and tail means at coarse knots of each group; fills the error rows in quadrature. */
function addSimulationError(sums: Float64Array, table: MarginalTable): void {
  const size = Math.floor(sums.length / SIMULATION_GROUPS);
  const rows = [table.quantileError, table.lowerMeanError, table.upperMeanError];
  const mean = rows.map(() => new Float64Array(COARSE_KNOTS));
  const squares = rows.map(() => new Float64Array(COARSE_KNOTS));
  const group = new Float64Array(size);
  for (let g = 0; g < SIMULATION_GROUPS; g++) {
    for (let i = 0; i < size; i++) group[i] = Math.expm1(sums[i * SIMULATION_GROUPS + g]!);
    group.sort();
    const partial = new Float64Array(size + 1);
    for (let i = 0; i < size; i++) partial[i + 1] = partial[i]! + group[i]!;
    for (let k = 0; k < COARSE_KNOTS; k++) {
      const p = FINE_CDF[k * FINE_PER_COARSE]!;
      const rank = Math.min(Math.max(Math.round(p * size), 1), size);
      const top = Math.min(Math.max(Math.round((1 - p) * size), 1), size);
      const values = [
        orderStatistic(group, p),
        partial[rank]! / rank,
        (partial[size]! - partial[size - top]!) / top,
      ];
      values.forEach((value, row) => {
        const step = value - mean[row]![k]!;
        mean[row]![k]! += step / (g + 1);
        squares[row]![k]! += step * (value - mean[row]![k]!);
      });
    }
  }
  const divisor = SIMULATION_GROUPS * (SIMULATION_GROUPS - 1);
  rows.forEach((row, r) => {
    for (let k = 0; k < COARSE_KNOTS; k++) row[k] = Math.hypot(row[k]!, Math.sqrt(squares[r]![k]! / divisor));
  });
}

/** Tables the law of `sums` into `out`; `oneStep` is the same symbol's one-step marginal. */
export function marginalFromSums(
  sums: Float64Array,
  oneStep: MarginalTable,
  stamp: MarginalStamp,
  out: MarginalTable,
): void {
  out.flat.fill(0);
  out.header[Header.kind] = MarginalKind.simulated;
  out.header[Header.steps] = stamp.steps;
  out.header[Header.horizonMs] = stamp.horizonMs;
  out.header[Header.lastOpenTimeMs] = stamp.lastOpenTimeMs;
  out.header[Header.effectiveParticles] = oneStep.header[Header.effectiveParticles]!;
  out.header[Header.models] = oneStep.header[Header.models]!;
  out.modelWeight.set(oneStep.modelWeight);
  tabulateSample(Float64Array.from(sums).sort(), out.logReturn);
  completeMarginal(out);
  scaleRows(oneStep, out, 'models', oneStep.header[Header.models]!);
  scaleRows(oneStep, out, 'draws', DRAWS);
  fillParticleErrors(out);
  addSimulationError(sums, out);
}

/** Rows of members or of draws: the several-step law spread as each one-step row stands to the pool's. */
function scaleRows(
  oneStep: MarginalTable,
  out: MarginalTable,
  field: 'models' | 'draws',
  rows: number,
): void {
  const oneCentre = oneStep.logReturn[FINE_CENTRE]!;
  const centre = out.logReturn[FINE_CENTRE]!;
  for (let row = 0; row < rows; row++)
    for (let k = 0; k < COARSE_KNOTS; k++) {
      const at = row * COARSE_KNOTS + k;
      const pool = oneStep.logReturn[k * FINE_PER_COARSE]! - oneCentre;
      const own = Math.log1p(oneStep[field][at]!) - oneCentre;
      const ratio = own / pool;
      const distance = out.logReturn[k * FINE_PER_COARSE]! - centre;
      out[field][at] = Math.expm1(centre + distance * (Number.isFinite(ratio) && ratio > 0 ? ratio : 1));
    }
}
