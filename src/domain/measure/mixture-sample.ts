/**
 * Equally weighted stand-ins for a weighted mixture, chosen by systematic resampling in a sorted order, so
 * that the choice is deterministic and stratified over (model, scale): every member keeps its share to
 * within one draw, and each member's spread of scales is kept quantile by quantile.
 *
 * Flow: posterior/predictive-mixture -> here -> measure/marginal. Shapes: indices into the mixture.
 */
import type { PredictiveMixture } from '../posterior/predictive-mixture.ts';

/** Components ordered by (model, scale); ties by index, so that equal mixtures give equal orders. */
function sortedComponents(mixture: PredictiveMixture): Int32Array {
  const order = Int32Array.from({ length: mixture.size }, (_, k) => k);
  return order.sort(
    (a, b) => mixture.model[a]! - mixture.model[b]! || mixture.scale[a]! - mixture.scale[b]! || a - b,
  );
}

/** `count` indices whose equal-weight mixture stands for the weighted one. */
export function stratifiedComponents(mixture: PredictiveMixture, count: number): Int32Array {
  const order = sortedComponents(mixture);
  let total = 0;
  for (let k = 0; k < mixture.size; k++) total += mixture.weight[k]!;
  const chosen = new Int32Array(count);
  let position = 0;
  let below = mixture.weight[order[0]!]!;
  for (let draw = 0; draw < count; draw++) {
    const target = ((draw + 0.5) / count) * total;
    while (below < target && position < mixture.size - 1) below += mixture.weight[order[++position]!]!;
    chosen[draw] = order[position]!;
  }
  return chosen;
}

/** Effective number of components, 1 / sum w^2: what a weighted average over them is worth. */
export function effectiveComponents(mixture: PredictiveMixture): number {
  let total = 0;
  let squares = 0;
  for (let k = 0; k < mixture.size; k++) {
    total += mixture.weight[k]!;
    squares += mixture.weight[k]! * mixture.weight[k]!;
  }
  return squares > 0 ? (total * total) / squares : 0;
}
