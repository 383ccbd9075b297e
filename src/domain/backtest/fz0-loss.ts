/**
 * FZ0, the joint loss of VaR and ES that scores at zero homogeneity (Patton, Ziegel and Chen 2019):
 *   L = -1{r <= v} (v - r) / (a e) + v / e + ln(-e) - 1,  v = -VaR, e = -ES
 * Differences between forecasters are free of units; at the truth its mean is E ln ES.
 * An ES at or below zero, or below the VaR, has no FZ0: it is raised to the floor and counted.
 */
/** ES is never scored below this share of the scale of returns; see `clipped`. */
const SMALLEST_ES = 1e-12;

export function fz0Loss(
  outcome: number,
  valueAtRisk: number,
  expectedShortfall: number,
  probability: number,
): number {
  const e = -Math.max(expectedShortfall, valueAtRisk, SMALLEST_ES);
  const v = -valueAtRisk;
  const excess = outcome <= v ? v - outcome : 0;
  return -excess / (probability * e) + v / e + Math.log(-e) - 1;
}

export interface LossPath {
  readonly losses: Float64Array;
  readonly mean: number;
  /** Forecasts whose ES had to be raised before it could be scored. */
  readonly clipped: number;
}

/** `scale` multiplies returns and forecasts first: 100 scores percent returns. */
export function fz0Path(
  outcome: Float64Array,
  valueAtRisk: Float64Array,
  expectedShortfall: Float64Array,
  probability: number,
  scale = 1,
): LossPath {
  const losses = new Float64Array(outcome.length);
  let sum = 0;
  let clipped = 0;
  for (let t = 0; t < losses.length; t++) {
    const es = expectedShortfall[t]! * scale;
    const value = valueAtRisk[t]! * scale;
    if (es < value || es < SMALLEST_ES) clipped++;
    losses[t] = fz0Loss(outcome[t]! * scale, value, es, probability);
    sum += losses[t]!;
  }
  return { losses, mean: losses.length === 0 ? 0 : sum / losses.length, clipped };
}
