/**
 * GJR-GARCH-t by maximum likelihood: the variance of the next bar is the recursion's, its law Student's.
 * With s = sqrt(h (nu - 2) / nu):  VaR = -(mu + s t_a),  ES = -mu + s g(t_a) (nu + t_a^2) / ((nu - 1) a)
 */
import { studentCdf, studentPdf, studentQuantile } from '#math/special-functions.ts';
import { expTailMeanOf } from '../exp-tail-mean.ts';
import type { Forecaster } from '../forecaster.ts';
import type { GjrFilter, GjrFilterSource } from './gjr-filter.ts';
import { gjrNext } from './gjr-likelihood.ts';

export function createGjrStudent(source: GjrFilterSource): Forecaster {
  let filter: GjrFilter;
  const law = () => {
    const { mu, nu } = filter.fit.parameters;
    return { mu, nu, scale: Math.sqrt((filter.h * (nu - 2)) / nu) };
  };
  return {
    name: 'mle',
    members: [],
    carries: false,
    fit: ({ logReturn }) => {
      filter = source(logReturn);
    },
    observe: ({ logReturn }) => {
      filter.h = gjrNext(filter.fit.parameters, filter.h, logReturn);
    },
    tail: (probabilities, quantile, tailMean) => {
      const { mu, nu, scale } = law();
      probabilities.forEach((probability, level) => {
        const t = studentQuantile(probability, nu);
        quantile[level] = mu + scale * t;
        tailMean[level] = mu - (scale * studentPdf(t, nu) * (nu + t * t)) / ((nu - 1) * probability);
      });
    },
    expTailMean: (probability) => {
      const { mu, nu, scale } = law();
      const cdf = (x: number) => studentCdf((x - mu) / scale, nu);
      return expTailMeanOf(cdf, probability, mu + scale * studentQuantile(probability, nu), scale);
    },
    cdf: (x) => {
      const { mu, nu, scale } = law();
      return studentCdf((x - mu) / scale, nu);
    },
    logDensity: (x) => {
      const { mu, nu, scale } = law();
      return Math.log(studentPdf((x - mu) / scale, nu) / scale);
    },
    weights: () => {},
  };
}
