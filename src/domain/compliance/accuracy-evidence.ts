/**
 * Evidence of model accuracy over every model that has forecasts enough. The figure is the mean calibration
 * accuracy, each model weighted by its forecasts. It is objected to where the pooled evidence of the tails
 * speaks against the models: any test below 1 % after Holm's correction over all tests of all models, or a
 * mean betting wealth of 20. A mean of e-values is an e-value whatever their dependence (Vovk and Wang 2021),
 * so many correlated models raise no more false alarms than one.
 */

import type { TrackerSummary } from '../backtest/accuracy-tracker.ts';
import { holmAdjust } from '../backtest/holm.ts';
import type { Evidence } from './evaluate.ts';

export interface ModelAccuracy {
  readonly modelId: string;
  readonly summary: TrackerSummary;
}

const SIZE = 0.01;
const ALARM = 20;

export function accuracyEvidence(models: readonly ModelAccuracy[], atMs: number): Evidence {
  const judged = models.filter(({ summary }) => summary.calibration !== undefined);
  const forecasts = judged.reduce((sum, { summary }) => sum + summary.forecasts, 0);
  const weighted = judged.reduce(
    (sum, { summary }) => sum + (summary.calibration?.accuracy ?? 0) * summary.forecasts,
    0,
  );
  const most = models.reduce((count, { summary }) => Math.max(count, summary.forecasts), 0);
  return {
    measured: forecasts > 0 ? weighted / forecasts : undefined,
    atMs,
    samples: forecasts > 0 ? forecasts : most,
    objections: [...rejections(judged), ...alarms(judged)],
    facts: {
      models: Object.fromEntries(
        judged.map(({ modelId, summary }) => [modelId, Number(summary.calibration?.accuracy.toFixed(2))]),
      ),
      ...(judged.length === 0 && { reason: `${most} scored forecasts of one model, 500 are needed` }),
    },
  };
}

function rejections(models: readonly ModelAccuracy[]): string[] {
  const tests = models.flatMap(({ modelId, summary }) => [
    { name: `${modelId} Berkowitz`, pValue: summary.berkowitz.pValue },
    ...summary.levels.flatMap(({ confidence, binomial, conditional, dq, z2 }) =>
      [binomial, conditional, dq, z2].map(({ name, pValue }) => ({
        name: `${modelId} ${name} at ${confidence}`,
        pValue,
      })),
    ),
  ]);
  const adjusted = holmAdjust(tests.map(({ pValue }) => pValue));
  return tests.flatMap(({ name }, index) => {
    const p = adjusted[index];
    return p !== null && p !== undefined && p < SIZE ? [`${name} rejects (p ${p.toPrecision(2)})`] : [];
  });
}

function alarms(models: readonly ModelAccuracy[]): string[] {
  return (['varTooSmall', 'esTooSmall'] as const).flatMap((kind) => {
    const wealths = models.flatMap(({ summary }) => summary.lifetime.map((level) => level[kind].wealth));
    const mean = wealths.reduce((sum, wealth) => sum + wealth, 0) / wealths.length;
    const what = kind === 'varTooSmall' ? 'VaR' : 'expected shortfall';
    return mean >= ALARM ? [`the evidence that ${what} is too small reached ${mean.toPrecision(3)}`] : [];
  });
}
