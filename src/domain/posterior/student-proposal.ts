/**
 * A multivariate Student-t proposal in the unconstrained space, fitted to a weighted cloud.
 * Pinned parameters (prior standard deviation 0) keep their value and count in no density.
 * Shapes: theta is row-major particles x dimension.
 */
import { choleskyInPlace, multiplyLower, solveLower } from '#math/linear-algebra.ts';
import type { RandomStream } from '#math/random.ts';
import { drawChiSquare } from '#math/sampling.ts';
import { lnGamma } from '#math/special-functions.ts';
import type { NormalPrior } from './volatility-model.ts';

/** Degrees of freedom: tails heavy enough for the posteriors met, light enough for a high yield. */
const DEGREES = 6;

export class StudentProposal {
  readonly #free: readonly number[];
  readonly #dimension: number;
  readonly #prior: NormalPrior;
  readonly #centre: Float64Array;
  readonly #factor: Float64Array;
  readonly #normal: Float64Array;
  readonly #work: Float64Array;
  #lnConstant = 0;

  constructor(prior: NormalPrior) {
    this.#prior = prior;
    this.#dimension = prior.mean.length;
    this.#free = prior.sd.flatMap((sd, k) => (sd > 0 ? [k] : []));
    const d = this.#free.length;
    this.#centre = new Float64Array(d);
    this.#factor = new Float64Array(d * d);
    this.#normal = new Float64Array(d);
    this.#work = new Float64Array(d);
  }

  /** Matches centre and spread to the cloud, its covariance times `inflation`; false where degenerate. */
  fit(theta: Float64Array, weight: Float64Array, count: number, inflation: number): boolean {
    const free = this.#free;
    const d = free.length;
    this.#centre.fill(0);
    for (let i = 0; i < count; i++)
      for (let k = 0; k < d; k++) this.#centre[k]! += weight[i]! * theta[i * this.#dimension + free[k]!]!;
    this.#factor.fill(0);
    for (let i = 0; i < count; i++) {
      const w = weight[i]!;
      if (w < 1e-12) continue;
      for (let k = 0; k < d; k++) this.#work[k] = theta[i * this.#dimension + free[k]!]! - this.#centre[k]!;
      for (let row = 0; row < d; row++)
        for (let column = 0; column <= row; column++)
          this.#factor[row * d + column]! += w * this.#work[row]! * this.#work[column]!;
    }
    for (let row = 0; row < d; row++)
      for (let column = 0; column <= row; column++) {
        const floor = row === column ? 1e-4 * this.#prior.sd[free[row]!]! ** 2 : 0;
        this.#factor[row * d + column] = inflation * this.#factor[row * d + column]! + floor;
      }
    if (!choleskyInPlace(this.#factor, d)) return false;
    let lnDeterminant = 0;
    for (let k = 0; k < d; k++) lnDeterminant += Math.log(this.#factor[k * d + k]!);
    this.#lnConstant =
      lnGamma(0.5 * (DEGREES + d)) -
      lnGamma(0.5 * DEGREES) -
      0.5 * d * Math.log(DEGREES * Math.PI) -
      lnDeterminant;
    return true;
  }

  /** One draw into theta[at...]; returns its log density. */
  draw(random: RandomStream, theta: Float64Array, at: number): number {
    const d = this.#free.length;
    const stretch = Math.sqrt(DEGREES / drawChiSquare(random, DEGREES));
    let squares = 0;
    for (let k = 0; k < d; k++) {
      const z = random.normal() * stretch;
      this.#normal[k] = z;
      squares += z * z;
    }
    multiplyLower(this.#factor, d, this.#normal, this.#work);
    for (let k = 0; k < this.#dimension; k++) theta[at + k] = this.#prior.mean[k]!;
    for (let k = 0; k < d; k++) theta[at + this.#free[k]!] = this.#centre[k]! + this.#work[k]!;
    return this.#lnConstant - 0.5 * (DEGREES + d) * Math.log1p(squares / DEGREES);
  }

  logDensity(theta: Float64Array, at: number): number {
    const d = this.#free.length;
    for (let k = 0; k < d; k++) this.#work[k] = theta[at + this.#free[k]!]! - this.#centre[k]!;
    solveLower(this.#factor, d, this.#work, this.#work);
    let squares = 0;
    for (let k = 0; k < d; k++) squares += this.#work[k]! ** 2;
    return this.#lnConstant - 0.5 * (DEGREES + d) * Math.log1p(squares / DEGREES);
  }
}

const LN_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);

export function logPrior(prior: NormalPrior, theta: Float64Array, at: number): number {
  let sum = 0;
  for (let k = 0; k < prior.mean.length; k++) {
    const sd = prior.sd[k]!;
    if (sd <= 0) continue;
    const z = (theta[at + k]! - prior.mean[k]!) / sd;
    sum -= 0.5 * z * z + Math.log(sd) + LN_SQRT_2PI;
  }
  return sum;
}

export function drawPrior(prior: NormalPrior, random: RandomStream, theta: Float64Array, at: number): void {
  for (let k = 0; k < prior.mean.length; k++)
    theta[at + k] = prior.mean[k]! + (prior.sd[k]! > 0 ? prior.sd[k]! * random.normal() : 0);
}
