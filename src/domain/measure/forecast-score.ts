/**
 * The normal score of an outcome under the forecast made before it: Phi^-1 of the predictive mixture's
 * distribution function, summed over every component that weighs anything.
 * Flow: AssetPosterior.predictive -> here -> memory/score-history. Units: log return in, score out.
 */
import { normalQuantile } from '#math/special-functions.ts';
import type { PredictiveMixture } from '../posterior/predictive-mixture.ts';
import { component, type TailsAt, twoPieceTails } from './mixture-cdf.ts';
import { SCORE_LIMIT } from './score-grid.ts';

/** Components lighter than this share of an equal weight cannot move a score in its sixth digit. */
const NEGLIGIBLE = 1e-4;
const at: TailsAt = { lower: 0, upper: 0, density: 0 };

export function forecastScore(mixture: PredictiveMixture, logReturn: number): number {
  const least = NEGLIGIBLE / mixture.size;
  let lower = 0;
  let upper = 0;
  for (let k = 0; k < mixture.size; k++) {
    const weight = mixture.weight[k]!;
    if (!(weight > least)) continue;
    twoPieceTails(logReturn, component(mixture, k), at);
    lower += weight * at.lower;
    upper += weight * at.upper;
  }
  const total = lower + upper;
  if (!(total > 0)) throw new RangeError('the predictive mixture has no mass');
  const z = lower < upper ? normalQuantile(lower / total) : -normalQuantile(upper / total);
  return Math.min(Math.max(z, -SCORE_LIMIT), SCORE_LIMIT);
}
