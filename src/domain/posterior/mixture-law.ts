/**
 * Distribution function, quantile and expected shortfall of a predictive mixture, exact to about 1e-7.
 * Components whose nu lies on the Student grid cost one table look-up; any other nu is computed in full.
 *
 * For one component, z = (x - location) / scale and skew g:
 *   F = 2 / (1 + g^2) T(z g)              for z < 0,   1 - 2 g^2 / (1 + g^2) T(-z / g)   otherwise;
 *   E[X 1{X <= x}] = location F + scale M,  M from the partial mean of t: int_{-inf}^z u t(u) du
 *   = -(nu + z^2) / (nu - 1) t(z).
 * The mixture's arrays are read in place: a law is good for as long as its mixture is, or until another is made of it.
 * Flow: PredictiveMixture -> here -> marginal, backtest. Units: log return; probabilities of the lower tail.
 */

import { studentCdf, studentPdf } from '#math/special-functions.ts';
import { BEND, CELLS, gridRow, KNOT_STRIDE } from '#math/student-grid.ts';
import { componentConstants, LEFT_OUT, OFF_GRID } from './component-constants.ts';
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

const CLIP = 1e-12;
const STRIDE = 16;
/** Spreads that Newton's last step may measure; so many times that may lie between it and the cubic's. */
const STEP_LEFT = 1e-9;
const DOUBT = 10;
/** Spreads: the cubic is trusted between points no further apart. */
const NEAR = 0.05;

class TabulatedLaw implements MixtureLaw {
  readonly #size: number;
  readonly #weight: Float64Array;
  readonly #location: Float64Array;
  readonly #scale: Float64Array;
  readonly #nu: Float64Array;
  readonly #skew: Float64Array;
  readonly #grid: Int16Array;
  readonly #steep: Float64Array;
  readonly #left: Float64Array;
  readonly #rows: readonly (Float64Array | undefined)[];
  readonly #centre: number;
  readonly #spread: number;
  #cdf = 0;
  #density = 0;
  /** E[X 1{X <= x}], filled where asked for. */
  #partial = 0;
  #lastProbability = Number.NaN;
  #lastQuantile = Number.NaN;

  constructor(mixture: PredictiveMixture) {
    this.#size = mixture.size;
    this.#weight = mixture.weight;
    this.#location = mixture.location;
    this.#scale = mixture.scale;
    this.#nu = mixture.nu;
    this.#skew = mixture.skew;
    const { grid, steep, left, used } = componentConstants(mixture);
    this.#grid = grid;
    this.#steep = steep;
    this.#left = left;
    this.#rows = Array.from(used, (flag, index) => (flag === 1 ? gridRow(index) : undefined));
    const { size, weight, location, scale } = mixture;
    let total = 0;
    let centre = 0;
    let spread = 0;
    for (let k = 0; k < size; k++) {
      total += weight[k]!;
      centre += weight[k]! * location[k]!;
      spread += weight[k]! * scale[k]!;
    }
    if (!(total > 0 && total < Infinity)) throw new RangeError('a predictive mixture needs positive weight');
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

  /** A first answer from every STRIDE-th component, then the whole mixture from there. */
  #invert(p: number): number {
    const odds = Math.log(p / (1 - p));
    const start = this.#centre + 0.75 * odds * this.#spread;
    const thinned = this.#size > 8 * STRIDE ? this.#search(p, start, STRIDE, 1e-2) : start;
    return this.#search(p, thinned, 1, STEP_LEFT);
  }

  /**
   * Bracketed Newton on the logarithm of the nearer tail, with a cubic through the last two points once they
   * are near: its error is of the fourth order where Newton's is of the second, so where both agree it is done.
   */
  #search(p: number, start: number, stride: number, tolerance: number): number {
    let low = -Infinity;
    let high = Infinity;
    let x = start;
    let before = Number.NaN;
    let gapBefore = Number.NaN;
    let slopeBefore = Number.NaN;
    const unit = this.#spread;
    for (let step = 0; step < 200; step++) {
      this.#evaluate(x, stride);
      if (this.#cdf > p) high = x;
      else low = x;
      const gap = this.#gap(p);
      const slope = this.#slope(p);
      const newton = x - gap * slope;
      const cubic = cubicAtZero(gapBefore, before, slopeBefore, gap, x, slope);
      // Neither holds before there are two points.
      const agreed =
        Math.abs(cubic - newton) <= DOUBT * tolerance * unit && Math.abs(x - before) <= NEAR * unit;
      if (agreed && cubic >= low && cubic <= high) return cubic;
      const moved = newton > low && newton < high ? newton : this.#bisect(low, high, x);
      if (Math.abs(moved - x) <= tolerance * unit) return moved;
      before = x;
      gapBefore = gap;
      slopeBefore = slope;
      x = moved;
    }
    return x;
  }

  expectedShortfall(p: number): number {
    const quantile = this.quantile(p);
    this.#evaluate(quantile, 1, true);
    // The atom term keeps the answer consistent to the last digit of the inversion.
    return -(this.#partial + quantile * (p - this.#cdf)) / p;
  }

  /** The logarithm of the nearer tail less that of its target: close to linear in x far out. */
  #gap(p: number): number {
    return p < 0.5 ? Math.log(this.#cdf / p) : Math.log((1 - p) / (1 - this.#cdf));
  }

  /** dx / dgap. */
  #slope(p: number): number {
    return (p < 0.5 ? this.#cdf : 1 - this.#cdf) / this.#density;
  }

  #bisect(low: number, high: number, x: number): number {
    if (low === -Infinity) return x - 2 * this.#spread;
    if (high === Infinity) return x + 2 * this.#spread;
    return 0.5 * (low + high);
  }

  #evaluate(x: number, stride = 1, withPartial = false): void {
    const weights = this.#weight;
    const locations = this.#location;
    const steeps = this.#steep;
    const lefts = this.#left;
    const grid = this.#grid;
    const rows = this.#rows;
    const size = this.#size;
    let cdf = 0;
    let density = 0;
    let partial = 0;
    let total = 0;
    for (let k = 0; k < size; k += stride) {
      const index = grid[k]!;
      if (index === LEFT_OUT) continue;
      const steep = steeps[k]!;
      const deviation = x - locations[k]!;
      const g = deviation < 0 ? 1 : this.#skew[k]!;
      const distance = deviation < 0 ? -deviation * steep : (deviation * steep) / (g * g);
      const position = (distance / (distance + BEND)) * CELLS;
      const knot = position | 0;
      let tail: number;
      let height: number;
      if (index === OFF_GRID || knot >= CELLS - 1) {
        tail = studentCdf(-distance, this.#nu[k]!);
        height = studentPdf(distance, this.#nu[k]!);
      } else {
        const row = rows[index]!;
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
      const left = lefts[k]!;
      const weight = weights[k]!;
      const below = deviation < 0 ? left * tail : 1 - (2 - left) * tail;
      total += weight;
      cdf += weight * below;
      density += weight * (left * steep * height);
      if (withPartial) partial += weight * this.#partialOf(k, deviation, distance, height, below);
    }
    // A thinned mixture may hold nothing but components that are left out.
    const share = total > 0 ? total : 1;
    this.#cdf = cdf / share;
    this.#density = density / share;
    this.#partial = partial / share;
  }

  /** E[X 1{X <= x}] of one component. */
  #partialOf(k: number, deviation: number, distance: number, height: number, below: number): number {
    const nu = this.#nu[k]!;
    const g = this.#skew[k]!;
    const left = this.#left[k]!;
    const far = ((nu + distance * distance) / (nu - 1)) * height;
    const centre = (nu / (nu - 1)) * this.#peak(k);
    const mean = deviation < 0 ? (-left / g) * far : (-left / g) * centre + (2 - left) * g * (centre - far);
    return this.#location[k]! * below + this.#scale[k]! * mean;
  }

  /** The standard density at its mode. */
  #peak(k: number): number {
    return this.#grid[k] === OFF_GRID ? studentPdf(0, this.#nu[k]!) : this.#rows[this.#grid[k]!]![2]!;
  }
}

/** x at gap 0 by the cubic through two points (gap, x) with slopes dx / dgap. */
function cubicAtZero(g0: number, x0: number, s0: number, g1: number, x1: number, s1: number): number {
  const width = g1 - g0;
  const t = -g0 / width;
  const u = 1 - t;
  return (
    u * u * (1 + 2 * t) * x0 + t * u * u * width * s0 + t * t * (1 + 2 * u) * x1 - t * t * u * width * s1
  );
}

export function createMixtureLaw(mixture: PredictiveMixture): MixtureLaw {
  return new TabulatedLaw(mixture);
}
