/**
 * Filtered historical simulation (Barone-Adesi, Giannopoulos and Vosper 1999): the variance of GJR-GARCH-t,
 * the tail of the fit's own standardised residuals.
 */
import type { Forecaster } from '../forecaster.ts';
import { empiricalCdf, empiricalTail } from './empirical-tail.ts';
import type { GjrFilter, GjrFilterSource } from './gjr-filter.ts';
import { gjrNext } from './gjr-likelihood.ts';

export function createFilteredHistorical(source: GjrFilterSource): Forecaster {
  let filter: GjrFilter;
  return {
    name: 'fhs',
    members: [],
    carries: false,
    fit: ({ logReturn }) => {
      filter = source(logReturn);
    },
    observe: ({ logReturn }) => {
      filter.h = gjrNext(filter.fit.parameters, filter.h, logReturn);
    },
    tail: (probabilities, quantile, tailMean) => {
      const { mu } = filter.fit.parameters;
      const deviation = Math.sqrt(filter.h);
      probabilities.forEach((probability, level) => {
        const tail = empiricalTail(filter.residuals, probability);
        quantile[level] = mu + deviation * tail.quantile;
        tailMean[level] = mu + deviation * tail.mean;
      });
    },
    expTailMean: (probability) => {
      const { mu } = filter.fit.parameters;
      const deviation = Math.sqrt(filter.h);
      return empiricalTail(
        filter.residuals.map((residual) => Math.exp(mu + deviation * residual)),
        probability,
      ).mean;
    },
    cdf: (x) => empiricalCdf(filter.residuals, (x - filter.fit.parameters.mu) / Math.sqrt(filter.h)),
    logDensity: () => undefined,
    weights: () => {},
  };
}
