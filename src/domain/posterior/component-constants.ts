/**
 * What a mixture's law works out once for each component, so that a pass over thousands divides less.
 * The memory stays with the mixture: a posterior fills the same one bar after bar, and fresh memory for each
 * law took a third of its making.
 */
import { exactGridIndex, GRID_SIZE } from '#math/student-grid.ts';
import type { PredictiveMixture } from './predictive-mixture.ts';

/** Components lighter than this are left out; together they weigh less than 1e-8. */
const LIGHTEST = 1e-12;
/** In `grid`: nu is none of the grid's laws, or the component is left out. */
export const OFF_GRID = -1;
export const LEFT_OUT = -2;

export interface ComponentConstants {
  readonly grid: Int16Array;
  /** skew / scale. */
  readonly steep: Float64Array;
  /** 2 / (1 + skew^2). */
  readonly left: Float64Array;
  /** By law of the grid: 1 where a component has it. */
  readonly used: Uint8Array;
}

const kept = new WeakMap<PredictiveMixture, ComponentConstants>();

/** Good until they are asked for again for this mixture. */
export function componentConstants(mixture: PredictiveMixture): ComponentConstants {
  const { size, weight, scale, nu, skew } = mixture;
  let constants = kept.get(mixture);
  if (constants === undefined) {
    constants = {
      grid: new Int16Array(size),
      steep: new Float64Array(size),
      left: new Float64Array(size),
      used: new Uint8Array(GRID_SIZE),
    };
    kept.set(mixture, constants);
  }
  const { grid, steep, left, used } = constants;
  used.fill(0);
  for (let k = 0; k < size; k++) {
    const g = skew[k]!;
    steep[k] = g / scale[k]!;
    left[k] = 2 / (1 + g * g);
    const index = weight[k]! > LIGHTEST ? exactGridIndex(nu[k]!) : LEFT_OUT;
    grid[k] = index;
    if (index >= 0) used[index] = 1;
  }
  return constants;
}
