/**
 * Evidence of model accuracy over every model that has forecasts enough. The figure is the mean calibration
 * accuracy, each model weighted by its forecasts. It is objected to where the pooled evidence of the tails
 * speaks against the models: any test below 1 % after Holm's correction over all tests of all models, or a
 * mean betting wealth of 20. A mean of e-values is an e-value whatever their dependence (Vovk and Wang 2021),
 * so many correlated models raise no more false alarms than one.
 */

import type { CalibrationAccuracy } from '../backtest/calibration-accuracy.ts';
import { holmAdjust } from '../backtest/holm.ts';
import type { Scorecard } from '../backtest/scorecard.ts';
import type { Evidence } from './evaluate.ts';

export interface ModelAccuracy {
  readonly modelId: string;
  /** Scored forecasts in the window. */
  readonly forecasts: number;
  /** undefined below 500 forecasts. */
  readonly calibration?: CalibrationAccuracy;
  /** Betting wealth per level, now. */
  readonly varWealth: readonly number[];
  readonly esWealth: readonly number[];
  /** The last full set of tests; it may be some forecasts behind. */
  readonly scorecard?: Scorecard;
}

const SIZE = 0.01;
const ALARM = 20;

export function accuracyEvidence(models: readonly ModelAccuracy[], atMs: number): Evidence {
  const judged = models.flatMap(({ modelId, forecasts, calibration }) =>
    calibration === undefined ? [] : [{ modelId, forecasts, accuracy: calibration.accuracy }],
  );
  const total = judged.reduce((sum, { forecasts }) => sum + forecasts, 0);
  const weighted = judged.reduce((sum, { accuracy, forecasts }) => sum + accuracy * forecasts, 0);
  const most = models.reduce((count, { forecasts }) => Math.max(count, forecasts), 0);
  return {
    measured: total > 0 ? weighted / total : undefined,
    atMs,
    samples: total > 0 ? total : most,
    objections: [
      ...rejections(models),
      ...alarm(
        'VaR',
        models.flatMap(({ varWealth }) => varWealth),
      ),
      ...alarm(
        'expected shortfall',
        models.flatMap(({ esWealth }) => esWealth),
      ),
    ],
    facts: {
      models: Object.fromEntries(
        judged.map(({ modelId, accuracy }) => [modelId, Number(accuracy.toFixed(2))]),
      ),
      ...(judged.length === 0 && { reason: `${most} scored forecasts of one model, 500 are needed` }),
    },
  };
}

function rejections(models: readonly ModelAccuracy[]): string[] {
  const tests = models.flatMap(({ modelId, scorecard }) =>
    scorecard === undefined
      ? []
      : [
          { name: `${modelId} Berkowitz`, pValue: scorecard.berkowitz.pValue },
          ...scorecard.levels.flatMap(({ confidence, binomial, conditional, dq, z2 }) =>
            [binomial, conditional, dq, z2].map(({ name, pValue }) => ({
              name: `${modelId} ${name} at ${confidence}`,
              pValue,
            })),
          ),
        ],
  );
  const adjusted = holmAdjust(tests.map(({ pValue }) => pValue));
  return tests.flatMap(({ name }, index) => {
    const p = adjusted[index];
    return p !== null && p !== undefined && p < SIZE ? [`${name} rejects (p ${p.toPrecision(2)})`] : [];
  });
}

function alarm(what: string, wealths: readonly number[]): string[] {
  const mean = wealths.reduce((sum, wealth) => sum + wealth, 0) / wealths.length;
  return mean >= ALARM ? [`the evidence that ${what} is too small reached ${mean.toPrecision(3)}`] : [];
}
