/**
 * Randomly shifted rank-1 lattice points: GROUPS independent randomisations of one lattice of GROUP_POINTS
 * points, so that the numerical error of any average over them can be measured between groups.
 *
 * Point i of a group in dimension d is frac(i g_d / n + shift_d), folded by the baker's map 1 - |2u - 1|,
 * which makes the error of smooth integrands fall faster (Hickernell 2002).
 * The generating vector was found component by component on the worst-case error of the weighted Korobov
 * space of smoothness 2 with product weights j^-1/2, for n = 2048. Past its end dimensions are independent
 * uniforms.
 *
 * Units: uniforms in (0, 1). Shapes: scenario s = group * GROUP_POINTS + point.
 */
import { createRandom } from '#math/random.ts';

export const GROUPS = 8;
export const GROUP_POINTS = 2048;
export const SCENARIOS = GROUPS * GROUP_POINTS;

const GENERATOR = [
  1, 857, 269, 949, 913, 989, 687, 761, 197, 835, 573, 799, 47, 385, 667, 141, 479, 855, 235, 329, 1005, 291,
  423, 911, 517, 817, 103, 611, 723, 9, 705, 629, 85, 535, 179, 893, 441, 273, 987, 347, 367, 967, 253, 461,
  873, 159, 555, 779, 65, 649, 685, 29, 743, 591, 123, 837, 497, 217, 931, 403, 311, 1023, 309, 405,
];
const LATTICE = 0x1a77;

/** Fills `out` with the uniforms of one dimension, all groups after one another. */
export function fillLattice(seed: number, dimension: number, out: Float64Array): void {
  const generator = GENERATOR[dimension];
  for (let group = 0; group < GROUPS; group++) {
    const random = createRandom(seed, LATTICE, dimension, group);
    const shift = random.uniform();
    const start = group * GROUP_POINTS;
    for (let i = 0; i < GROUP_POINTS; i++) {
      const raw = generator === undefined ? random.uniform() : (i * generator) / GROUP_POINTS + shift;
      const folded = 1 - Math.abs(2 * (raw - Math.floor(raw)) - 1);
      out[start + i] = Math.min(Math.max(folded, 1e-12), 1 - 1e-12);
    }
  }
}
