/**
 * When may a forecaster be called accurate? Calibration accuracy of at least 95 says nothing of the tail, so
 * it counts only while no test of the tail rejects at 1 % after Holm's correction and no e-process has
 * reached 20 at any time.
 * Tests: exact binomial at the deepest and the widest level, conditional coverage at the widest, DQ and the
 * exceedance test Z2 at the deepest, Berkowitz on the PITs.
 */
import type { CalibrationAccuracy } from './calibration-accuracy.ts';
import type { CoverageReport } from './coverage-report.ts';
import { holmAdjust } from './holm.ts';
import type { TestResult } from './test-result.ts';

export interface AccuracyVerdict {
  readonly met: boolean;
  /** Every bar that was missed, in words. */
  readonly reasons: readonly string[];
}

export const LEAST_ACCURACY = 95;
const SIZE = 0.01;
const ALARM = 20;

export function accuracyVerdict(
  calibration: CalibrationAccuracy | undefined,
  levels: readonly CoverageReport[],
  berkowitz: TestResult,
): AccuracyVerdict {
  const reasons: string[] = [];
  if (calibration === undefined) reasons.push('too few forecasts for an accuracy figure');
  else if (calibration.accuracy < LEAST_ACCURACY)
    reasons.push(`calibration accuracy ${calibration.accuracy.toFixed(2)} is below ${LEAST_ACCURACY}`);
  const ordered = [...levels].sort((left, right) => left.confidence - right.confidence);
  const widest = ordered[0];
  const deepest = ordered.at(-1);
  const tests: { label: string; result: TestResult }[] = [{ label: 'Berkowitz', result: berkowitz }];
  if (widest !== undefined && deepest !== undefined) {
    tests.push(
      { label: `binomial at ${widest.confidence}`, result: widest.binomial },
      { label: `conditional coverage at ${widest.confidence}`, result: widest.conditional },
      { label: `DQ at ${deepest.confidence}`, result: deepest.dq },
      { label: `Z2 at ${deepest.confidence}`, result: deepest.z2 },
    );
    if (deepest !== widest)
      tests.push({ label: `binomial at ${deepest.confidence}`, result: deepest.binomial });
  }
  const adjusted = holmAdjust(tests.map(({ result }) => result.pValue));
  tests.forEach(({ label }, index) => {
    const p = adjusted[index];
    if (p !== null && p !== undefined && p < SIZE) reasons.push(`${label} rejects (p ${p.toPrecision(2)})`);
  });
  for (const level of ordered) {
    if (level.varTooSmall.peak >= ALARM) reasons.push(`e-process of VaR at ${level.confidence} reached 20`);
    if (level.esTooSmall !== undefined && level.esTooSmall.peak >= ALARM)
      reasons.push(`e-process of ES at ${level.confidence} reached 20`);
  }
  return { met: reasons.length === 0, reasons };
}
