/**
 * Distribution function, quantile and expected shortfall of a predictive mixture, exact to about 1e-7.
 * Components whose nu lies on the Student grid cost one table look-up; any other nu is computed in full.
 *
 * For one component, z = (x - location) / scale and skew g:
 *   F = 2 / (1 + g^2) T(z g)              for z < 0,   1 - 2 g^2 / (1 + g^2) T(-z / g)   otherwise;
 *   E[X 1{X <= x}] = location F + scale M,  M from the partial mean of t: int_{-inf}^z u t(u) du
 *   = -(nu + z^2) / (nu - 1) t(z).
 * Flow: PredictiveMixture -> here -> marginal, backtest. Units: log return; probabilities of the lower tail.
 */

import { studentCdf, studentPdf } from '#math/special-functions.ts';
import { BEND, CELLS, exactGridIndex, gridRow, KNOT_STRIDE } from '#math/student-grid.ts';
import type { PredictiveMixture } from './predictive-mixture.ts';

export interface MixtureLaw {
  cdf(x: number): number;
  density(x: number): number;
  /** x with F(x) = p, for p in (0, 1). */
  quantile(p: number): number;
  /** -E[X | X <= quantile(p)]: positive for a loss. */
  expectedShortfall(p: number): number;
  /** The probability integral transform of an outcome, clipped to [1e-12, 1 - 1e-12]. */
  pit(outcome: number): number;
}

/** Components lighter than this are left out; together they weigh less than 1e-8. */
const LIGHTEST = 1e-12;
const CLIP = 1e-12;
const OFF_GRID = -1;

class TabulatedLaw implements MixtureLaw {
  readonly #size: number;
  readonly #weight: Float64Array;
  readonly #location: Float64Array;
  readonly #scale: Float64Array;
  readonly #nu: Float64Array;
  readonly #skew: Float64Array;
  readonly #grid: Int16Array;
  readonly #rows: (Float64Array | undefined)[] = [];
  readonly #centre: number;
  readonly #spread: number;
  #cdf = 0;
  #density = 0;
  /** E[X 1{X <= x}], filled where asked for. */
  #partial = 0;
  #lastProbability = Number.NaN;
  #lastQuantile = Number.NaN;

  constructor(mixture: PredictiveMixture) {
    const column = (): Float64Array => new Float64Array(mixture.size);
    this.#weight = column();
    this.#location = column();
    this.#scale = column();
    this.#nu = column();
    this.#skew = column();
    this.#grid = new Int16Array(mixture.size);
    let total = 0;
    let centre = 0;
    let spread = 0;
    let kept = 0;
    for (let k = 0; k < mixture.size; k++) {
      const weight = mixture.weight[k]!;
      if (!(weight > LIGHTEST)) continue;
      total += weight;
      centre += weight * mixture.location[k]!;
      spread += weight * mixture.scale[k]!;
      this.#weight[kept] = weight;
      this.#location[kept] = mixture.location[k]!;
      this.#scale[kept] = mixture.scale[k]!;
      this.#skew[kept] = mixture.skew[k]!;
      this.#nu[kept] = mixture.nu[k]!;
      this.#grid[kept] = this.#gridOf(mixture.nu[k]!);
      kept++;
    }
    if (!(total > 0 && total < Infinity)) throw new RangeError('a predictive mixture needs positive weight');
    for (let k = 0; k < kept; k++) this.#weight[k]! /= total;
    this.#size = kept;
    this.#centre = centre / total;
    this.#spread = spread / total;
  }

  cdf(x: number): number {
    this.#evaluate(x);
    return this.#cdf;
  }

  density(x: number): number {
    this.#evaluate(x);
    return this.#density;
  }

  pit(outcome: number): number {
    return Math.min(Math.max(this.cdf(outcome), CLIP), 1 - CLIP);
  }

  quantile(p: number): number {
    if (!(p > 0 && p < 1)) throw new RangeError(`a quantile needs a probability in (0, 1), not ${p}`);
    if (p === this.#lastProbability) return this.#lastQuantile;
    this.#lastQuantile = this.#invert(p);
    this.#lastProbability = p;
    return this.#lastQuantile;
  }

  #invert(p: number): number {
    let low = -Infinity;
    let high = Infinity;
    let x = this.#centre + 0.75 * Math.log(p / (1 - p)) * this.#spread;
    for (let step = 0; step < 200; step++) {
      this.#evaluate(x);
      if (this.#cdf > p) high = x;
      else low = x;
      const next = this.#newton(x, p);
      const moved = next > low && next < high ? next : this.#bisect(low, high, x);
      // Newton converges quadratically: a step this small leaves an error at rounding level.
      if (Math.abs(moved - x) <= 1e-9 * this.#spread) return moved;
      x = moved;
    }
    return x;
  }

  expectedShortfall(p: number): number {
    const quantile = this.quantile(p);
    this.#evaluate(quantile, true);
    // The atom term keeps the answer consistent to the last digit of the inversion.
    return -(this.#partial + quantile * (p - this.#cdf)) / p;
  }

  #gridOf(nu: number): number {
    const index = exactGridIndex(nu);
    if (index >= 0) this.#rows[index] ??= gridRow(index);
    return index < 0 ? OFF_GRID : index;
  }

  /** Newton on the logarithm of the nearer tail, which is close to linear in x far out. */
  #newton(x: number, p: number): number {
    if (p < 0.5) return x - (Math.log(this.#cdf / p) * this.#cdf) / this.#density;
    const upper = 1 - this.#cdf;
    return x + (Math.log(upper / (1 - p)) * upper) / this.#density;
  }

  #bisect(low: number, high: number, x: number): number {
    if (low === -Infinity) return x - 2 * this.#spread;
    if (high === Infinity) return x + 2 * this.#spread;
    return 0.5 * (low + high);
  }

  #evaluate(x: number, withPartial = false): void {
    const weights = this.#weight;
    const locations = this.#location;
    const scales = this.#scale;
    const skews = this.#skew;
    const grid = this.#grid;
    const rows = this.#rows;
    const size = this.#size;
    let cdf = 0;
    let density = 0;
    let partial = 0;
    for (let k = 0; k < size; k++) {
      const scale = scales[k]!;
      const z = (x - locations[k]!) / scale;
      const g = skews[k]!;
      const distance = z < 0 ? -z * g : z / g;
      const left = 2 / (1 + g * g);
      const position = (distance / (distance + BEND)) * CELLS;
      const knot = position | 0;
      let tail: number;
      let height: number;
      if (grid[k] === OFF_GRID || knot >= CELLS - 1) {
        tail = studentCdf(-distance, this.#nu[k]!);
        height = studentPdf(distance, this.#nu[k]!);
      } else {
        const row = rows[grid[k]!]!;
        const at = knot * KNOT_STRIDE;
        const u = position - knot;
        const v = 1 - u;
        const a = v * v * (1 + 2 * u);
        const b = u * v * v;
        const c = u * u * (1 + 2 * v);
        const d = -u * u * v;
        tail = a * row[at]! + b * row[at + 1]! + c * row[at + 4]! + d * row[at + 5]!;
        height = a * row[at + 2]! + b * row[at + 3]! + c * row[at + 6]! + d * row[at + 7]!;
      }
      const below = z < 0 ? left * tail : 1 - (2 - left) * tail;
      cdf += weights[k]! * below;
      density += (weights[k]! * left * g * height) / scale;
      if (!withPartial) continue;
      const nu = this.#nu[k]!;
      const far = ((nu + distance * distance) / (nu - 1)) * height;
      const centre = (nu / (nu - 1)) * this.#peak(k);
      const mean = z < 0 ? (-left / g) * far : (-left / g) * centre + (2 - left) * g * (centre - far);
      partial += weights[k]! * (locations[k]! * below + scale * mean);
    }
    this.#cdf = cdf;
    this.#density = density;
    this.#partial = partial;
  }

  /** The standard density at its mode. */
  #peak(k: number): number {
    return this.#grid[k] === OFF_GRID ? studentPdf(0, this.#nu[k]!) : this.#rows[this.#grid[k]!]![2]!;
  }
}

export function createMixtureLaw(mixture: PredictiveMixture): MixtureLaw {
  return new TabulatedLaw(mixture);
}
