/**
 * Fits a posterior on everything but the holdout, then forecasts the holdout bar by bar, each forecast made
 * before its outcome is shown. Deterministic in the document.
 *
 * Flow: main -> here -> domain/posterior. Units: losses in log return, positive for a loss.
 */
import { createMixtureLaw } from '#domain/posterior/mixture-law.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import { observationsOf, TRAINING_SCHEMA, type TrainingDocument } from '#domain/training/training-job.ts';
import type { TrainingResult } from '#domain/training/training-result.ts';

/** Share of the progress bar that the fit takes. */
const FIT_SHARE = 0.5;

export interface Trained {
  readonly result: Omit<TrainingResult, 'state'>;
  readonly state: Float64Array;
}

export function train(document: TrainingDocument, inputSha256: string, onProgress: (share: number) => void): Trained {
  const { intervalMs, particles, seed, holdout, confidences } = document;
  const total = document.logReturn.length;
  const posterior = createAssetPosterior({ intervalMs, particles, seed });
  posterior.fit(observationsOf(document, 0, total - holdout));
  onProgress(FIT_SHARE);

  const held = observationsOf(document, total - holdout, total);
  const pit: number[] = [];
  const logScore: number[] = [];
  const losses: number[][] = confidences.map(() => []);
  const shortfalls: number[][] = confidences.map(() => []);
  for (let t = 0; t < held.length; t++) {
    const law = createMixtureLaw(posterior.predictive());
    const logReturn = held.logReturn[t]!;
    for (const [level, confidence] of confidences.entries()) {
      const loss = -law.quantile(1 - confidence);
      losses[level]!.push(loss);
      shortfalls[level]!.push(Math.max(loss, law.expectedShortfall(1 - confidence)));
    }
    pit.push(Math.min(1, Math.max(0, law.cdf(logReturn))));
    logScore.push(Math.log(Math.max(law.density(logReturn), Number.MIN_VALUE)));
    posterior.observe({
      openTimeMs: held.openTimeMs[t]!,
      logReturn,
      realisedVariance: held.realisedVariance[t]!,
      elapsedBars: held.elapsedBars[t]!,
    });
    if (t % 50 === 0) onProgress(FIT_SHARE + ((1 - FIT_SHARE) * t) / held.length);
  }
  return {
    state: posterior.state,
    result: {
      schema: TRAINING_SCHEMA,
      jobId: document.jobId,
      inputSha256,
      models: posterior.diagnostics().map(({ model, weight, ess, paretoK, logEvidence }) => ({
        model,
        weight,
        ess,
        paretoK,
        logEvidence,
      })),
      holdout: {
        openTimeMs: Array.from(held.openTimeMs),
        logReturn: Array.from(held.logReturn),
        pit,
        logScore,
        confidences,
        var: losses,
        es: shortfalls,
      },
    },
  };
}
