/**
 * One forecaster judged whole: coverage at every level, the law of its PITs, its accuracy and the verdict.
 * Flow: forecast track -> here -> summary table, report, HTTP answer.
 */
import { type AccuracyVerdict, accuracyVerdict } from './accuracy-gate.ts';
import { berkowitzTest } from './berkowitz-test.ts';
import { type CalibrationAccuracy, calibrationAccuracy } from './calibration-accuracy.ts';
import { type CoverageReport, coverageReport } from './coverage-report.ts';
import type { ForecastTrack } from './forecast-track.ts';
import { kolmogorovSmirnovTest } from './pit-uniformity.ts';
import type { TestResult } from './test-result.ts';

export interface Scorecard {
  readonly name: string;
  readonly forecasts: number;
  readonly levels: readonly CoverageReport[];
  readonly ks: TestResult;
  readonly berkowitz: TestResult;
  /** undefined below 500 forecasts. */
  readonly calibration?: CalibrationAccuracy;
  /** Mean log predictive density; undefined where the forecaster has none. */
  readonly logScore?: number;
  readonly verdict: AccuracyVerdict;
}

export function scorecard(track: ForecastTrack): Scorecard {
  const levels = track.levels.map((level) => coverageReport(track.outcome, level));
  const berkowitz = berkowitzTest(track.pit);
  const calibration = calibrationAccuracy(track.pit);
  const logScore =
    track.logScore.length === 0
      ? undefined
      : track.logScore.reduce((sum, score) => sum + score, 0) / track.logScore.length;
  return {
    name: track.name,
    forecasts: track.length,
    levels,
    ks: kolmogorovSmirnovTest(track.pit),
    berkowitz,
    ...(calibration === undefined ? {} : { calibration }),
    ...(logScore === undefined ? {} : { logScore }),
    verdict: accuracyVerdict(calibration, levels, berkowitz),
  };
}
