/**
 * Dynamic model averaging (Raftery et al. 2010): before each outcome the log weights are multiplied by a
 * forgetting factor, after it the predictive log scores are added; no member falls below a floor.
 *   w_m <- w_m^FORGETTING p_m(outcome), normalised, then lifted to FLOOR.
 */
export const FORGETTING = 0.98;
const FLOOR = 0.01;

/** Updates the weights in place from the members' log scores of one outcome. */
export function updateWeights(weights: Float64Array, logScores: Float64Array): void {
  const count = weights.length;
  let top = -Infinity;
  for (let m = 0; m < count; m++) if (logScores[m]! > top) top = logScores[m]!;
  if (!Number.isFinite(top)) return;
  let sum = 0;
  for (let m = 0; m < count; m++) {
    const score = logScores[m]! > -Infinity ? Math.exp(logScores[m]! - top) : 0;
    weights[m] = weights[m]! ** FORGETTING * score;
    sum += weights[m]!;
  }
  const spare = 1 - count * FLOOR;
  for (let m = 0; m < count; m++) weights[m] = FLOOR + (spare * weights[m]!) / sum;
}
