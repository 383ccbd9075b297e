import { describe, expect, it } from 'vitest';
import { promotionGates } from '#domain/training/promotion-gates.ts';
import type { HoldoutForecasts, TrainedModel } from '#domain/training/training-result.ts';
import { createRandom } from '#math/random.ts';
import { normalPdf, normalQuantile } from '#math/special-functions.ts';

const MODELS: TrainedModel[] = [{ model: 'gjr', weight: 1, ess: 900, paretoK: 0.2, logEvidence: -100 }];
const CONFIDENCES = [0.95, 0.99];

/** Normal returns of unit size 0.01, forecast as if their size were `scale` times that. */
function forecasts(scale: number, count = 800, startMs = 0): HoldoutForecasts {
  const random = createRandom(7);
  const logReturn = Array.from({ length: count }, () => 0.01 * random.normal());
  const sigma = 0.01 * scale;
  return {
    openTimeMs: logReturn.map((_, at) => startMs + at * 60_000),
    logReturn,
    pit: logReturn.map(() => 0.5),
    logScore: logReturn.map((value) => -0.5 * (value / sigma) ** 2 - Math.log(sigma)),
    confidences: CONFIDENCES,
    var: CONFIDENCES.map((level) => logReturn.map(() => sigma * normalQuantile(level))),
    es: CONFIDENCES.map((level) =>
      logReturn.map(() => (sigma * normalPdf(normalQuantile(level))) / (1 - level)),
    ),
  };
}

const verdicts = (report: ReturnType<typeof promotionGates>) =>
  Object.fromEntries(report.gates.map(({ name, verdict }) => [name, verdict]));

describe('promotion gates', () => {
  it('pass a calibrated challenger over a champion that states half the risk', () => {
    const report = promotionGates(forecasts(1), MODELS, forecasts(0.5));
    expect(report.promote).toBe(true);
    expect(verdicts(report)['tail-loss']).toBe('pass');
  });

  it('refuse a challenger that loses more than the champion in the tail', () => {
    const report = promotionGates(forecasts(1.6), MODELS, forecasts(1));
    expect(report.promote).toBe(false);
    expect(verdicts(report)).toMatchObject({ 'tail-loss': 'fail', 'log-score': 'fail' });
  });

  it('refuse a challenger whose exceedances are too many, champion or not', () => {
    const report = promotionGates(forecasts(0.6), MODELS, undefined);
    expect(report.promote).toBe(false);
    expect(verdicts(report)).toMatchObject({ 'tail-loss': 'skipped', coverage: 'fail' });
  });

  it('compare only the bars that both have forecast', () => {
    const report = promotionGates(forecasts(1), MODELS, forecasts(1, 800, 1e12));
    expect(verdicts(report)).toMatchObject({
      'tail-loss': 'skipped',
      'log-score': 'skipped',
      coverage: 'pass',
    });
  });

  it('refuse a pool whose leading member has lost its particles', () => {
    const thin = [{ ...MODELS[0]!, ess: 3 }];
    expect(verdicts(promotionGates(forecasts(1), thin, undefined))['particles']).toBe('fail');
  });

  it('refuse forecasts of another order of magnitude than the returns', () => {
    expect(verdicts(promotionGates(forecasts(40), MODELS, undefined))['sanity']).toBe('fail');
  });
});
