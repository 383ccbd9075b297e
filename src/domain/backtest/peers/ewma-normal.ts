/**
 * RiskMetrics (J.P. Morgan 1996): variance by exponential smoothing with 0.94, zero mean, normal law.
 *   h' = 0.94 h + 0.06 r^2,  VaR = z sqrt h,  ES = sqrt h phi(z) / a,
 *   E[exp X | X <= q] = exp(h / 2) Phi(z_a - sqrt h) / a
 */
import { normalCdf, normalPdf, normalQuantile } from '#math/special-functions.ts';
import type { Forecaster } from '../forecaster.ts';

const DECAY = 0.94;
/** A market that never moved still has a law: a return of one part in 10^9. */
const SMALLEST_VARIANCE = 1e-18;

export function createEwmaNormal(): Forecaster {
  let variance = SMALLEST_VARIANCE;
  const update = (value: number): void => {
    variance = Math.max(DECAY * variance + (1 - DECAY) * value * value, SMALLEST_VARIANCE);
  };
  return {
    name: 'ewma',
    members: [],
    carries: false,
    fit: ({ logReturn, length }) => {
      let sum = 0;
      for (const value of logReturn) sum += value * value;
      variance = Math.max(sum / Math.max(1, length), SMALLEST_VARIANCE);
      for (const value of logReturn) update(value);
    },
    observe: ({ logReturn }) => update(logReturn),
    tail: (probabilities, quantile, tailMean) =>
      probabilities.forEach((probability, level) => {
        const score = normalQuantile(probability);
        quantile[level] = score * Math.sqrt(variance);
        tailMean[level] = (-normalPdf(score) / probability) * Math.sqrt(variance);
      }),
    expTailMean: (probability) =>
      (Math.exp(variance / 2) * normalCdf(normalQuantile(probability) - Math.sqrt(variance))) / probability,
    cdf: (x) => normalCdf(x / Math.sqrt(variance)),
    logDensity: (x) => -0.5 * (Math.log(2 * Math.PI * variance) + (x * x) / variance),
    weights: () => {},
  };
}
