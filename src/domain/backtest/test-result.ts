/**
 * What every test of a backtest returns. A test that cannot be computed says why; it never answers NaN.
 * Units: pValue in [0, 1]; statistic as the test defines it.
 */
export interface TestResult {
  readonly name: string;
  /** null where the sample holds no information for this test. */
  readonly statistic: number | null;
  readonly pValue: number | null;
  /** Why there is no answer, or which branch gave it. */
  readonly note?: string;
}

export function testResult(name: string, statistic: number, pValue: number, note?: string): TestResult {
  if (!Number.isFinite(statistic) || !Number.isFinite(pValue))
    return withoutAnswer(name, note ?? 'the statistic is not finite');
  const bounded = Math.min(1, Math.max(0, pValue));
  return note === undefined
    ? { name, statistic, pValue: bounded }
    : { name, statistic, pValue: bounded, note };
}

export function withoutAnswer(name: string, note: string): TestResult {
  return { name, statistic: null, pValue: null, note };
}
