/**
 * Fits a posterior on everything but the holdout and forecasts the holdout bar by bar, each forecast made
 * before its outcome is shown; then fits again on everything, and that is what is handed back. The gates
 * judge the method on data it had not seen; production gets the freshest fit. Deterministic in the document.
 *
 * Flow: main -> here -> domain/posterior. Units: losses in log return, positive for a loss.
 */
import { createMixtureLaw } from '#domain/posterior/mixture-law.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import { flatState } from '#domain/posterior/state-layout.ts';
import { observationsOf, TRAINING_SCHEMA, type TrainingDocument } from '#domain/training/training-job.ts';
import type { TrainingResult } from '#domain/training/training-result.ts';

/** Shares of the progress bar at the end of the first fit and of the holdout. */
const FIT_SHARE = 0.4;
const HOLDOUT_SHARE = 0.6;

export interface Trained {
  readonly result: Omit<TrainingResult, 'state'>;
  readonly state: Float64Array;
}

export function train(
  document: TrainingDocument,
  inputSha256: string,
  onProgress: (share: number) => void,
): Trained {
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
    pit.push(law.pit(logReturn));
    logScore.push(Math.log(Math.max(law.density(logReturn), Number.MIN_VALUE)));
    posterior.observe({
      openTimeMs: held.openTimeMs[t]!,
      logReturn,
      realisedVariance: held.realisedVariance[t]!,
      elapsedBars: held.elapsedBars[t]!,
    });
    if (t % 50 === 0) onProgress(FIT_SHARE + ((HOLDOUT_SHARE - FIT_SHARE) * t) / held.length);
  }
  // The same posterior is fitted again, so that the pool's weights learnt on the holdout stay.
  posterior.fit(observationsOf(document, 0, total));
  return {
    state: flatState(posterior.state),
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
