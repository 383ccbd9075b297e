/**
 * The exceedance residual test of expected shortfall (McNeil and Frey 2000): on days beyond the VaR the
 * residuals (L - ES) / (ES - VaR) have mean 0 under a correct forecast; one-sided against a mean above 0
 * (ES too small). The spread ES - VaR is the predictable scale of each residual. The p-value comes from
 * the bootstrap of the studentised mean of the centred residuals.
 */
import { createRandom } from '#math/random.ts';
import { type TestResult, testResult, withoutAnswer } from './test-result.ts';

const SIMULATIONS = 1999;
const FEWEST = 5;
const NAME = 'exceedance-residual';

export function exceedanceResidualTest(
  outcome: Float64Array,
  valueAtRisk: Float64Array,
  expectedShortfall: Float64Array,
): TestResult {
  const residuals: number[] = [];
  for (let t = 0; t < outcome.length; t++) {
    const loss = -outcome[t]!;
    if (loss <= valueAtRisk[t]!) continue;
    const spread = expectedShortfall[t]! - valueAtRisk[t]!;
    if (!(spread > 0)) return withoutAnswer(NAME, 'an expected shortfall is not above its VaR');
    residuals.push((loss - expectedShortfall[t]!) / spread);
  }
  if (residuals.length < FEWEST) return withoutAnswer(NAME, `fewer than ${FEWEST} exceedances`);
  const observed = studentised(residuals);
  if (observed === undefined) return withoutAnswer(NAME, 'all residuals are equal');
  const centre = mean(residuals);
  const random = createRandom(20_000_803, residuals.length);
  const draw = residuals.slice();
  let above = 0;
  for (let run = 0; run < SIMULATIONS; run++) {
    for (let i = 0; i < draw.length; i++)
      draw[i] = residuals[Math.floor(random.uniform() * draw.length)]! - centre;
    const statistic = studentised(draw);
    if (statistic === undefined || statistic >= observed) above++;
  }
  return testResult(NAME, observed, (above + 1) / (SIMULATIONS + 1));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function studentised(values: readonly number[]): number | undefined {
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return variance > 0 ? centre / Math.sqrt(variance / values.length) : undefined;
}
