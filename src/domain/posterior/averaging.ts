/**
 * Dynamic model averaging (Raftery et al. 2010) with a prior that never fades:
 *   w_m <- w_m^FORGETTING prior_m^(1 - FORGETTING) p_m(outcome), normalised, then lifted to FLOOR.
 * The weight of a member is its prior share times the exponential of its discounted log scores, so that when
 * nobody scores better the pool returns to its prior, and a member in disgrace can come back at once.
 * Differences of log scores between good members are far smaller than their noise over any memory that
 * follows a drifting market; the pool's gain is in combining, not in choosing. So the memory is a few bars:
 * enough that a bar which refutes a member is held against it while it is news (adr/0014).
 */
export const FORGETTING = 0.5;
const FLOOR = 0.003;

/** Updates the weights in place from the members' log scores of one outcome. */
export function updateWeights(weights: Float64Array, prior: Float64Array, logScores: Float64Array): void {
  const count = weights.length;
  let top = -Infinity;
  for (let m = 0; m < count; m++) if (logScores[m]! > top) top = logScores[m]!;
  if (!Number.isFinite(top)) return;
  let sum = 0;
  for (let m = 0; m < count; m++) {
    const score = logScores[m]! > -Infinity ? Math.exp(logScores[m]! - top) : 0;
    weights[m] = weights[m]! ** FORGETTING * prior[m]! ** (1 - FORGETTING) * score;
    sum += weights[m]!;
  }
  const spare = 1 - count * FLOOR;
  for (let m = 0; m < count; m++) weights[m] = FLOOR + (spare * weights[m]!) / sum;
}
