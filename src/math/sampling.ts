/**
 * Draws from the laws that are built on normals and uniforms.
 * Sources: gamma by Marsaglia and Tsang (2000); Wishart by Bartlett's decomposition.
 */
import { multiplyLower } from './linear-algebra.ts';
import type { RandomStream } from './random.ts';

/** Gamma with the given shape and scale 1. */
export function drawGamma(random: RandomStream, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * random.uniform() ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    if (Math.log(random.uniform()) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

export function drawChiSquare(random: RandomStream, degrees: number): number {
  return 2 * drawGamma(random, 0.5 * degrees);
}

/** Standard Student-t (scale 1). */
export function drawStudent(random: RandomStream, nu: number): number {
  return random.normal() / Math.sqrt(drawChiSquare(random, nu) / nu);
}

/**
 * Wishart(degrees, L L') into `out`, row-major n x n, from the lower Cholesky factor of its scale.
 * `scratch` needs n * n entries.
 */
export function fillWishart(
  random: RandomStream,
  scaleFactor: Float64Array,
  n: number,
  degrees: number,
  out: Float64Array,
  scratch: Float64Array,
): void {
  if (!(degrees > n - 1)) throw new RangeError(`a Wishart of order ${n} needs more than ${n - 1} degrees`);
  const column = new Float64Array(n);
  const product = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column.fill(0);
    column[j] = Math.sqrt(drawChiSquare(random, degrees - j));
    for (let i = j + 1; i < n; i++) column[i] = random.normal();
    multiplyLower(scaleFactor, n, column, product);
    for (let i = 0; i < n; i++) scratch[i * n + j] = product[i]!;
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += scratch[i * n + k]! * scratch[j * n + k]!;
      out[i * n + j] = sum;
      out[j * n + i] = sum;
    }
}
