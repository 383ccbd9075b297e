/**
 * Historical simulation: the newest 500 returns are the law of the next one.
 */
import type { Forecaster } from '../forecaster.ts';
import { empiricalCdf, empiricalTail } from './empirical-tail.ts';

const WINDOW = 500;

export function createHistoricalSimulation(): Forecaster {
  let recent: number[] = [];
  let sorted = new Float64Array(0);
  const refresh = (): void => {
    sorted = Float64Array.from(recent).sort();
  };
  return {
    name: 'hist',
    members: [],
    carries: false,
    fit: ({ logReturn }) => {
      recent = [...logReturn.subarray(Math.max(0, logReturn.length - WINDOW))];
      refresh();
    },
    observe: ({ logReturn }) => {
      recent.push(logReturn);
      if (recent.length > WINDOW) recent.shift();
      refresh();
    },
    tail: (probabilities, quantile, tailMean) =>
      probabilities.forEach((probability, level) => {
        const tail = empiricalTail(sorted, probability);
        quantile[level] = tail.quantile;
        tailMean[level] = tail.mean;
      }),
    expTailMean: (probability) => empiricalTail(sorted.map(Math.exp), probability).mean,
    cdf: (x) => empiricalCdf(sorted, x),
    logDensity: () => undefined,
    weights: () => {},
  };
}
