/**
 * Every test and loss of one forecaster at one confidence level.
 * Flow: forecast track -> here -> scorecard -> summary table, report, accuracy gate.
 * Units: FZ0 on percent returns; tick loss in returns; expected hits = T a.
 */
import { acerbiSzekelyTests } from './acerbi-szekely.ts';
import { binomialTest, coverageInterval, coverageProbability } from './binomial-test.ts';
import { christoffersenTest } from './christoffersen-test.ts';
import { dynamicQuantileTest } from './dynamic-quantile-test.ts';
import { type EProcessPath, runEProcess } from './e-process.ts';
import { exceedanceResidualTest } from './exceedance-residual-test.ts';
import { countOnes, exceedances, type LevelForecast, tailProbability } from './forecast-track.ts';
import { fz0Path } from './fz0-loss.ts';
import { kupiecTest } from './kupiec-test.ts';
import type { TestResult } from './test-result.ts';
import { meanTickLoss } from './tick-loss.ts';
import { latestTrafficLight, type TrafficLight, trafficLight } from './traffic-light.ts';

export interface CoverageReport {
  readonly confidence: number;
  readonly probability: number;
  readonly forecasts: number;
  readonly hits: number;
  readonly hitRate: number;
  /** 90 % credible interval of the true hit rate. */
  readonly hitInterval: readonly [number, number];
  /** Posterior probability that the true hit rate lies within half of the nominal one, above and below. */
  readonly withinHalf: number;
  readonly kupiec: TestResult;
  readonly binomial: TestResult;
  readonly independence: TestResult;
  readonly conditional: TestResult;
  readonly dq: TestResult;
  readonly z1: TestResult;
  readonly z2: TestResult;
  readonly z3: TestResult;
  readonly exceedanceResidual: TestResult;
  readonly varTooSmall: EProcessPath;
  readonly varTooLarge: EProcessPath;
  /** undefined where an ES is not above its VaR. */
  readonly esTooSmall?: EProcessPath;
  readonly trafficLight: TrafficLight;
  readonly latestTrafficLight?: TrafficLight;
  readonly fz0: number;
  readonly fz0Clipped: number;
  readonly tickLoss: number;
}

const PERCENT = 100;

export function coverageReport(outcome: Float64Array, level: LevelForecast): CoverageReport {
  const { valueAtRisk, expectedShortfall, confidence } = level;
  const probability = tailProbability(confidence);
  const path = exceedances(outcome, valueAtRisk);
  const hits = countOnes(path);
  const forecasts = outcome.length;
  const shortfall = acerbiSzekelyTests(outcome, valueAtRisk, expectedShortfall, probability);
  const loss = fz0Path(outcome, valueAtRisk, expectedShortfall, probability, PERCENT);
  const wealth = (kind: 'var-too-small' | 'var-too-large' | 'es-too-small') =>
    runEProcess(kind, outcome, valueAtRisk, expectedShortfall, probability);
  const ordered = expectedShortfall.every((value, t) => value > valueAtRisk[t]!);
  const latest = latestTrafficLight(path, probability);
  return {
    confidence,
    probability,
    forecasts,
    hits,
    hitRate: forecasts === 0 ? 0 : hits / forecasts,
    hitInterval: coverageInterval(hits, forecasts, 0.9),
    withinHalf: coverageProbability(hits, forecasts, probability / 2, (3 * probability) / 2),
    kupiec: kupiecTest(hits, forecasts, probability),
    binomial: binomialTest(hits, forecasts, probability),
    ...christoffersenTest(path, probability),
    dq: dynamicQuantileTest(path, valueAtRisk, probability),
    ...shortfall,
    exceedanceResidual: exceedanceResidualTest(outcome, valueAtRisk, expectedShortfall),
    varTooSmall: wealth('var-too-small'),
    varTooLarge: wealth('var-too-large'),
    ...(ordered ? { esTooSmall: wealth('es-too-small') } : {}),
    trafficLight: trafficLight(hits, forecasts, probability),
    ...(latest === undefined ? {} : { latestTrafficLight: latest }),
    fz0: loss.mean,
    fz0Clipped: loss.clipped,
    tickLoss: meanTickLoss(outcome, valueAtRisk, probability),
  };
}
