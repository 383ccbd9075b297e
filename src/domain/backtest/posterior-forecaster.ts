/**
 * The Bayesian pool as a forecaster of the walk-forward: the same posterior and the same mixture inversion
 * that the running service uses for one bar ahead.
 */
import type { AssetPosterior } from '../posterior/asset-posterior.ts';
import { createMixtureLaw, type MixtureLaw } from '../posterior/mixture-law.ts';
import { expTailMeanOf } from './exp-tail-mean.ts';
import type { Forecaster } from './forecaster.ts';

export function createPosteriorForecaster(posterior: AssetPosterior, name = 'bayes'): Forecaster {
  let law: MixtureLaw | undefined;
  const current = (): MixtureLaw => {
    law ??= createMixtureLaw(posterior.predictive());
    return law;
  };
  return {
    name,
    members: posterior.modelIds,
    carries: true,
    fit: (history) => {
      posterior.fit(history);
      law = undefined;
    },
    observe: (observation) => {
      posterior.observe(observation);
      law = undefined;
    },
    tail: (probabilities, quantile, tailMean) => {
      probabilities.forEach((probability, level) => {
        quantile[level] = current().quantile(probability);
        tailMean[level] = -current().expectedShortfall(probability);
      });
    },
    expTailMean: (probability) => {
      const quantile = current().quantile(probability);
      const width = quantile + current().expectedShortfall(probability);
      return expTailMeanOf((x) => current().cdf(x), probability, quantile, width);
    },
    cdf: (x) => current().pit(x),
    logDensity: (x) => Math.log(Math.max(current().density(x), Number.MIN_VALUE)),
    weights: (out) => {
      posterior.diagnostics().forEach(({ weight }, member) => {
        out[member] = weight;
      });
    },
  };
}
