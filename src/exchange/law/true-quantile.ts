/**
 * The truth a forecast can be held against: quantile and distribution of a conditional law.
 * Units: log returns over one root bar; probabilities from the left, so 0.01 is the 99 % loss.
 */
import { studentCdf, studentQuantile } from '#math/special-functions.ts';
import type { ConditionalLaw } from './return-process.ts';

export function quantileOf(law: ConditionalLaw, probability: number): number {
  return law.location + law.scale * studentQuantile(probability, law.degrees);
}

/** Probability of a return at or below the given one: uniform on (0, 1) over bars where the law is true. */
export function probabilityOf(law: ConditionalLaw, logReturn: number): number {
  return studentCdf((logReturn - law.location) / law.scale, law.degrees);
}
