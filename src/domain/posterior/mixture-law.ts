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

/** Tail probability and density of a grid law at -size, and nothing else: the innermost loop's result. */
interface TailPoint {
  tail: number;
  density: number;
}

class TabulatedLaw implements MixtureLaw {
  readonly #size: number;
  readonly #weight: Float64Array;
  readonly #location: Float64Array;
  readonly #scale: Float64Array;
  readonly #nu: Float64Array;
  readonly #skew: Float64Array;
  readonly #rows: (Float64Array | undefined)[];
  readonly #point: TailPoint = { tail: 0, density: 0 };
  #cdf = 0;
  #density = 0;
  #partial = 0;

  constructor(mixture: PredictiveMixture) {
    const kept: number[] = [];
    let total = 0;
    for (let k = 0; k < mixture.size; k++)
      if (mixture.weight[k]! > LIGHTEST) {
        kept.push(k);
        total += mixture.weight[k]!;
      }
    if (!(total > 0)) throw new RangeError('a predictive mixture needs positive weight');
    const pick = (from: Float64Array): Float64Array => Float64Array.from(kept, (k) => from[k]!);
    this.#size = kept.length;
    this.#weight = pick(mixture.weight).map((weight) => weight / total);
    this.#location = pick(mixture.location);
    this.#scale = pick(mixture.scale);
    this.#nu = pick(mixture.nu);
    this.#skew = pick(mixture.skew);
    this.#rows = Array.from(this.#nu, (nu) => {
      const index = exactGridIndex(nu);
      return index < 0 ? undefined : gridRow(index);
    });
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
    let low = -Infinity;
    let high = Infinity;
    let x = this.#guess(p);
    for (let step = 0; step < 200; step++) {
      this.#evaluate(x);
      if (this.#cdf > p) high = x;
      else low = x;
      const next = this.#newton(x, p);
      const inside = next > low && next < high;
      const moved = inside ? next : this.#bisect(low, high, x);
      if (Math.abs(moved - x) <= 1e-11 * Math.abs(x) + 1e-300) return moved;
      x = moved;
    }
    return x;
  }

  expectedShortfall(p: number): number {
    const quantile = this.quantile(p);
    this.#evaluate(quantile);
    // The atom term keeps the answer consistent to the last digit of the inversion.
    return -(this.#partial + quantile * (p - this.#cdf)) / p;
  }

  /** Newton on the logarithm of the nearer tail, which is close to linear in x far out. */
  #newton(x: number, p: number): number {
    if (p < 0.5) return x - (Math.log(this.#cdf / p) * this.#cdf) / this.#density;
    const upper = 1 - this.#cdf;
    return x + (Math.log(upper / (1 - p)) * upper) / this.#density;
  }

  #bisect(low: number, high: number, x: number): number {
    if (low === -Infinity) return x - 2 * this.#spread();
    if (high === Infinity) return x + 2 * this.#spread();
    return 0.5 * (low + high);
  }

  #spread(): number {
    let spread = 0;
    for (let k = 0; k < this.#size; k++) spread += this.#weight[k]! * this.#scale[k]!;
    return spread;
  }

  #guess(p: number): number {
    let centre = 0;
    for (let k = 0; k < this.#size; k++) centre += this.#weight[k]! * this.#location[k]!;
    const odds = p < 0.5 ? Math.log(p / (1 - p)) : -Math.log((1 - p) / p);
    return centre + 0.65 * odds * this.#spread();
  }

  #evaluate(x: number): void {
    let cdf = 0;
    let density = 0;
    let partial = 0;
    const point = this.#point;
    for (let k = 0; k < this.#size; k++) {
      const scale = this.#scale[k]!;
      const z = (x - this.#location[k]!) / scale;
      const g = this.#skew[k]!;
      const nu = this.#nu[k]!;
      const size = z < 0 ? -z * g : z / g;
      this.#tailAt(k, size, nu, point);
      const left = 2 / (1 + g * g);
      const spread = (nu + size * size) / (nu - 1);
      const weight = this.#weight[k]!;
      let below: number;
      let mean: number;
      if (z < 0) {
        below = left * point.tail;
        mean = (-left / g) * spread * point.density;
      } else {
        const right = 2 - left;
        const centre = (nu / (nu - 1)) * this.#densityAtZero(k, nu);
        below = 1 - right * point.tail;
        mean = (-left / g) * centre + right * g * (centre - spread * point.density);
      }
      cdf += weight * below;
      density += (weight * left * g * point.density) / scale;
      partial += weight * (this.#location[k]! * below + scale * mean);
    }
    this.#cdf = cdf;
    this.#density = density;
    this.#partial = partial;
  }

  #densityAtZero(k: number, nu: number): number {
    const row = this.#rows[k];
    return row === undefined ? studentPdf(0, nu) : row[2]!;
  }

  #tailAt(k: number, size: number, nu: number, out: TailPoint): void {
    const row = this.#rows[k];
    const position = (size / (size + BEND)) * CELLS;
    const knot = Math.trunc(position);
    if (row === undefined || knot >= CELLS - 1) {
      out.tail = studentCdf(-size, nu);
      out.density = studentPdf(size, nu);
      return;
    }
    const u = position - knot;
    const at = knot * KNOT_STRIDE;
    const v = 1 - u;
    const a = v * v * (1 + 2 * u);
    const b = u * v * v;
    const c = u * u * (1 + 2 * v);
    const d = -u * u * v;
    out.tail = a * row[at]! + b * row[at + 1]! + c * row[at + 4]! + d * row[at + 5]!;
    out.density = a * row[at + 2]! + b * row[at + 3]! + c * row[at + 6]! + d * row[at + 7]!;
  }
}

export function createMixtureLaw(mixture: PredictiveMixture): MixtureLaw {
  return new TabulatedLaw(mixture);
}
