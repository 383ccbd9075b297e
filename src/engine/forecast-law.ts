/**
 * The small copy of a predictive law that is kept with a forecast: quantiles of the log return at evenly
 * spaced normal scores, taken from the marginal table. Enough to read the PIT of any outcome later, also
 * after a restart: in normal-score coordinates the law is nearly straight between the scores.
 * Units: scores are standard normal quantiles, quantiles in log return. Shapes: 41 scores from -5 to 5.
 */
import { FINE_KNOTS, SCORE_LIMIT } from '#domain/measure/score-grid.ts';
import { normalCdf } from '#math/special-functions.ts';

export const LAW_KNOTS = 41;
const STRIDE = (FINE_KNOTS - 1) / (LAW_KNOTS - 1);
const STEP = (2 * SCORE_LIMIT) / (LAW_KNOTS - 1);

/** From the fine quantile row of a marginal table. */
export function lawOf(logReturn: Float64Array): readonly number[] {
  if (logReturn.length !== FINE_KNOTS) throw new RangeError(`a marginal row has ${FINE_KNOTS} knots`);
  return Array.from({ length: LAW_KNOTS }, (_, knot) => logReturn[knot * STRIDE] as number);
}

/** Probability of a return no higher than `logReturn`; the law is cut at its end knots. */
export function pitOf(law: readonly number[], logReturn: number): number {
  if (law.length !== LAW_KNOTS) throw new RangeError(`a kept law has ${LAW_KNOTS} knots`);
  let upper = law.findIndex((quantile) => quantile > logReturn);
  if (upper === 0) return normalCdf(-SCORE_LIMIT);
  if (upper < 0) return normalCdf(SCORE_LIMIT);
  const lower = upper - 1;
  while (upper < LAW_KNOTS - 1 && law[upper] === law[lower]) upper++;
  const left = law[lower] as number;
  const width = (law[upper] as number) - left;
  const share = width > 0 ? (logReturn - left) / width : 0.5;
  return normalCdf(-SCORE_LIMIT + (lower + share * (upper - lower)) * STEP);
}
