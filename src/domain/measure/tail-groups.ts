/**
 * What the expected shortfall is made of: the worst scenarios in groups of equal probability, worst first, each
 * with its mean loss and what every symbol adds to it. The mean of the groups is the shortfall.
 *
 * One symbol: exactly from its marginal, by nested shortfalls S,
 *   loss between probabilities p < q = (q S(q) - p S(p)) / (q - p).
 * Several: over the ordered scenarios, a scenario on a border shared between its groups.
 * Units: losses positive, per unit of gross exposure; parts of a group sum to its loss. Shapes: A symbols.
 */
import { balance } from './contribution.ts';
import type { WorstScenarios } from './weighted-tail.ts';

export interface TailGroup {
  readonly probability: number;
  readonly loss: number;
  /** By leg; negative where a leg gains. */
  readonly parts: Float64Array;
}

/** `shortfallAt` gives the mean loss in the worst part of this probability. */
export function exactTailGroups(
  tail: number,
  count: number,
  shortfallAt: (probability: number) => number,
): TailGroup[] {
  const probability = tail / count;
  let before = 0;
  return Array.from({ length: count }, (_, group) => {
    const mass = (group + 1) * probability;
    const until = mass * shortfallAt(mass);
    const loss = (until - before) / probability;
    before = until;
    return { probability, loss, parts: Float64Array.of(loss) };
  });
}

export function jointTailGroups(
  weights: Float64Array,
  columns: readonly Float32Array[],
  worst: WorstScenarios,
  tail: number,
  count: number,
): TailGroup[] {
  const probability = tail / count;
  let j = 0;
  return Array.from({ length: count }, (_, group) => {
    const from = group * probability;
    const to = (group + 1) * probability;
    const parts = new Float64Array(columns.length);
    let loss = 0;
    for (; j < worst.size; j++) {
      const start = j > 0 ? worst.cumulative[j - 1]! : 0;
      const share = (Math.min(worst.cumulative[j]!, to) - Math.max(start, from)) / probability;
      loss -= share * worst.value[j]!;
      const s = worst.index[j]!;
      for (let a = 0; a < columns.length; a++) parts[a]! -= share * weights[a]! * columns[a]![s]!;
      if (worst.cumulative[j]! >= to) break;
    }
    balance(parts, loss);
    return { probability, loss, parts };
  });
}
