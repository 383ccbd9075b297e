/**
 * The gates between a trained challenger and production. Both models are judged on the same holdout, which
 * neither was fitted on: the champion by the forecasts it really issued, the challenger by those of its
 * training run. Where the champion has no forecasts for the holdout, the gates that compare are not passed
 * but skipped, and coverage alone decides.
 *
 * Flow: training-result, forecast ledger -> here -> engine/retraining.
 * Units: losses in log return, positive for a loss; probability of the tail = 1 - confidence.
 */
import { binomialTest } from '../backtest/binomial-test.ts';
import { dieboldMariano } from '../backtest/diebold-mariano.ts';
import { fz0Path } from '../backtest/fz0-loss.ts';
import { holmAdjust } from '../backtest/holm.ts';
import type { HoldoutForecasts, TrainedModel } from './training-result.ts';

/** The champion's forecasts as they were issued; their densities may not have been kept. */
export type IssuedForecasts = Omit<HoldoutForecasts, 'logScore'> & { readonly logScore?: readonly number[] };

export interface Gate {
  readonly name: 'tail-loss' | 'log-score' | 'coverage' | 'particles' | 'sanity';
  readonly verdict: 'pass' | 'fail' | 'skipped';
  readonly detail: string;
}

export interface GateReport {
  readonly promote: boolean;
  readonly gates: readonly Gate[];
}

/** One-sided level at which "loses more than the champion" is believed. */
const WORSE_AT = 0.05;
/** Level of the coverage test, after Holm over the confidences. */
const REJECT_AT = 0.01;
const FEWEST_COMMON = 50;
/** Smallest share of particles that must still carry weight in the members that matter. */
const LEAST_ESS = 50;
/** A member below this weight cannot hurt the pool. */
const WEIGHT_THAT_MATTERS = 0.05;

export function promotionGates(
  challenger: HoldoutForecasts,
  models: readonly TrainedModel[],
  champion: IssuedForecasts | undefined,
): GateReport {
  const gates = [
    tailLoss(challenger, champion),
    logScore(challenger, champion),
    coverage(challenger),
    particles(models),
    sanity(challenger),
  ];
  return { promote: gates.every(({ verdict }) => verdict !== 'fail'), gates };
}

function tailLoss(challenger: HoldoutForecasts, champion: IssuedForecasts | undefined): Gate {
  const common = commonIndices(challenger, champion);
  if (champion === undefined || common.length < FEWEST_COMMON)
    return { name: 'tail-loss', verdict: 'skipped', detail: `${common.length} forecasts in common` };
  const worse: string[] = [];
  const seen: string[] = [];
  for (const [level, confidence] of challenger.confidences.entries()) {
    const other = champion.confidences.indexOf(confidence);
    if (other < 0) continue;
    const mine = lossesOf(
      challenger,
      level,
      common.map(([index]) => index),
    );
    const theirs = lossesOf(
      champion,
      other,
      common.map(([, index]) => index),
    );
    const difference = mean(mine) - mean(theirs);
    const { pValue } = dieboldMariano(mine, theirs);
    const text = `${confidence}: ${difference.toFixed(4)}`;
    seen.push(text);
    if (difference > 0 && pValue !== null && pValue / 2 < WORSE_AT) worse.push(text);
  }
  return worse.length > 0
    ? { name: 'tail-loss', verdict: 'fail', detail: `FZ0 loss above the champion's at ${worse.join(', ')}` }
    : { name: 'tail-loss', verdict: 'pass', detail: `FZ0 loss against the champion's at ${seen.join(', ')}` };
}

function logScore(challenger: HoldoutForecasts, champion: IssuedForecasts | undefined): Gate {
  const common = commonIndices(challenger, champion);
  const kept = champion?.logScore;
  if (kept === undefined || common.length < FEWEST_COMMON)
    return { name: 'log-score', verdict: 'skipped', detail: `${common.length} forecasts in common` };
  const mine = Float64Array.from(common, ([index]) => -challenger.logScore[index]!);
  const theirs = Float64Array.from(common, ([, index]) => -kept[index]!);
  const difference = mean(mine) - mean(theirs);
  const { pValue } = dieboldMariano(mine, theirs);
  const worse = difference > 0 && pValue !== null && pValue / 2 < WORSE_AT;
  return {
    name: 'log-score',
    verdict: worse ? 'fail' : 'pass',
    detail: `mean difference ${(-difference).toFixed(4)}`,
  };
}

function coverage(challenger: HoldoutForecasts): Gate {
  const count = challenger.logReturn.length;
  const tests = challenger.confidences.map((confidence, level) => {
    const losses = challenger.var[level]!;
    const hits = challenger.logReturn.filter((value, at) => value < -losses[at]!).length;
    return { confidence, hits, test: binomialTest(hits, count, 1 - confidence) };
  });
  const adjusted = holmAdjust(tests.map(({ test }) => test.pValue));
  const rejected = tests.filter((_, at) => adjusted[at] !== null && adjusted[at]! < REJECT_AT);
  const text = (entries: typeof tests) =>
    entries.map(({ confidence, hits }) => `${confidence}: ${hits}/${count}`).join(', ');
  return rejected.length > 0
    ? { name: 'coverage', verdict: 'fail', detail: `coverage rejected at ${text(rejected)}` }
    : { name: 'coverage', verdict: 'pass', detail: `exceedances ${text(tests)}` };
}

function particles(models: readonly TrainedModel[]): Gate {
  const thin = models.filter(({ weight, ess }) => weight >= WEIGHT_THAT_MATTERS && ess < LEAST_ESS);
  return thin.length > 0
    ? {
        name: 'particles',
        verdict: 'fail',
        detail: thin.map(({ model, ess }) => `${model}: ${ess.toFixed(0)}`).join(', '),
      }
    : {
        name: 'particles',
        verdict: 'pass',
        detail: `every member of weight carries ${LEAST_ESS} effective particles`,
      };
}

/** A forecast that answers "nothing can happen" or "everything is lost" is not a forecast. */
function sanity(challenger: HoldoutForecasts): Gate {
  const spread = Math.sqrt(mean(Float64Array.from(challenger.logReturn, (value) => value * value)));
  for (const [level, losses] of challenger.var.entries()) {
    const typical = mean(Float64Array.from(losses));
    if (spread > 0 && (typical < spread / 20 || typical > spread * 20)) {
      const detail = `mean VaR ${typical.toPrecision(3)} at ${challenger.confidences[level]} against returns of size ${spread.toPrecision(3)}`;
      return { name: 'sanity', verdict: 'fail', detail };
    }
  }
  return { name: 'sanity', verdict: 'pass', detail: 'forecasts are of the size of the returns' };
}

function lossesOf(forecasts: IssuedForecasts, level: number, indices: readonly number[]): Float64Array {
  const pick = (values: readonly number[]) => Float64Array.from(indices, (index) => values[index]!);
  const probability = 1 - forecasts.confidences[level]!;
  return fz0Path(
    pick(forecasts.logReturn),
    pick(forecasts.var[level]!),
    pick(forecasts.es[level]!),
    probability,
    100,
  ).losses;
}

function commonIndices(
  challenger: HoldoutForecasts,
  champion: IssuedForecasts | undefined,
): readonly (readonly [number, number])[] {
  const places = new Map(champion?.openTimeMs.map((time, index) => [time, index]) ?? []);
  return challenger.openTimeMs.flatMap((time, index) => {
    const other = places.get(time);
    return other === undefined ? [] : [[index, other] as const];
  });
}

function mean(values: Float64Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
