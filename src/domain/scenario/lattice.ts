/**
 * Randomly shifted rank-1 lattice points: GROUPS independent randomisations of one lattice of GROUP_POINTS
 * points, so that the numerical error of any average over them can be measured between groups.
 *
 * Point i of a group in dimension d is frac(i g_d / n + shift_d), folded by the baker's map 1 - |2u - 1|,
 * which makes the error of smooth integrands fall faster (Hickernell 2002).
 * The generating vector was found component by component on the worst-case error of the weighted Korobov
 * space of smoothness 2 with product weights j^-1/2, for n = 1536. Past its end dimensions are independent
 * uniforms.
 *
 * Units: uniforms in (0, 1). Shapes: scenario s = group * GROUP_POINTS + point.
 */
import { createRandom } from '#math/random.ts';

export const GROUPS = 8;
export const GROUP_POINTS = 1536;
export const SCENARIOS = GROUPS * GROUP_POINTS;

const GENERATOR = [
  1, 475, 739, 653, 47, 305, 677, 623, 13, 247, 593, 565, 391, 275, 449, 217, 101, 43, 73, 131, 421, 479, 595,
  767, 709, 535, 419, 361, 245, 187, 71, 103, 161, 277, 335, 451, 509, 625, 683, 737, 679, 563, 505, 389, 331,
  215, 157, 41, 17, 133, 191, 307, 365, 481, 539, 655, 713, 707, 649, 533, 359, 301, 185, 127,
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
