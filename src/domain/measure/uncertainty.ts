/**
 * Turns a measure, its Euler components and the marginals' draws into one published estimate.
 *
 * Under posterior draw b the book's VaR is, to first order, sum_i component_i * VaR_ib / VaR_i: the measure is
 * homogeneous of degree one in the scales of the symbols, so Euler's theorem gives the response without a
 * simulation inside each draw. For one symbol it is exact. Members of the pool are read the same way.
 * Units: currency, losses positive.
 */
import { selectInPlace } from '#math/quantile.ts';
import type { UnitRisk } from './marginal-risk.ts';
import { DRAWS } from './marginal-table.ts';
import type { RiskEstimate } from './risk-answer.ts';

export type Measure = 'valueAtRisk' | 'shortfall';

const PARTS = {
  valueAtRisk: { draws: 'drawValueAtRisk', models: 'modelValueAtRisk', error: 'valueAtRiskError' },
  shortfall: { draws: 'drawShortfall', models: 'modelShortfall', error: 'shortfallError' },
} as const;

const sample = new Float64Array(DRAWS);

export function estimateWith(
  measure: Measure,
  estimate: number,
  components: Float64Array,
  units: readonly UnitRisk[],
  scenarioError: number,
  credibleMass: number,
): RiskEstimate {
  const part = PARTS[measure];
  sample.fill(0);
  let variance = scenarioError * scenarioError;
  const members: number[] = [];
  for (const { models } of units)
    for (const model of models) if (!members.includes(model)) members.push(model);
  const sums = new Float64Array(members.length);
  units.forEach((unit, i) => {
    const whole = unit[measure];
    const component = components[i]!;
    const scale = Math.abs(whole) > 1e-15 ? component / whole : 0;
    const draws = unit[part.draws];
    for (let b = 0; b < DRAWS; b++) sample[b]! += scale * draws[b]!;
    variance += (scale * unit[part.error]) ** 2;
    const figures = unit[part.models];
    for (let m = 0; m < members.length; m++) {
      const at = unit.models.indexOf(members[m]!);
      sums[m]! += at < 0 ? component : scale * figures[at]!;
    }
  });
  const outside = (1 - credibleMass) / 2;
  const lower = selectInPlace(sample, Math.floor(outside * (DRAWS - 1)));
  const upper = selectInPlace(sample, Math.ceil((1 - outside) * (DRAWS - 1)));
  const spread = [...sums, estimate];
  return {
    estimate,
    lower: Math.min(lower, estimate),
    upper: Math.max(upper, estimate),
    modelLower: Math.min(...spread),
    modelUpper: Math.max(...spread),
    stdError: Math.sqrt(variance),
  };
}
