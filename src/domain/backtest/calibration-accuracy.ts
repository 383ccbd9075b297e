/**
 * One percentage for a forecaster: A = 100 (1 - 2 integral_0^1 |F(u) - u| du), F the empirical law of its
 * PITs. 100 is perfect calibration, 0 is every outcome at one end.
 *
 * Under a correct forecaster 2 integral |F - u| is near 0.626 / sqrt T (90 % of samples between 0.307 and
 * 1.148 over sqrt T; simulated, 40,000 samples of 1,000), so A is shown with that null band, and only from
 * 500 forecasts on. A is blind in the tail: it counts only together with the gate in accuracy-gate.ts.
 * Units: percent.
 */
export interface CalibrationAccuracy {
  readonly accuracy: number;
  readonly forecasts: number;
  /** Where a correct forecaster's A falls 90 times in 100 at this number of forecasts. */
  readonly nullBand: readonly [number, number];
}

export const FEWEST_FORECASTS = 500;
const NULL_LOW = 0.307;
const NULL_HIGH = 1.148;

export function calibrationAccuracy(pit: Float64Array): CalibrationAccuracy | undefined {
  if (pit.length < FEWEST_FORECASTS) return undefined;
  const root = Math.sqrt(pit.length);
  return {
    accuracy: 100 * (1 - 2 * distanceToUniform(pit)),
    forecasts: pit.length,
    nullBand: [100 * (1 - NULL_HIGH / root), 100 * (1 - NULL_LOW / root)],
  };
}

/** integral_0^1 |F(u) - u| du, exact between the order statistics. */
export function distanceToUniform(pit: Float64Array): number {
  const sorted = Float64Array.from(pit).sort();
  let area = 0;
  let from = 0;
  for (let rank = 0; rank <= sorted.length; rank++) {
    const to = rank < sorted.length ? sorted[rank]! : 1;
    area += areaAround(rank / sorted.length, from, to);
    from = to;
  }
  return area;
}

/** integral over [from, to] of |level - u|. */
function areaAround(level: number, from: number, to: number): number {
  const left = level - from;
  const right = to - level;
  if (left <= 0) return (right * right - left * left) / 2;
  if (right <= 0) return (left * left - right * right) / 2;
  return (left * left + right * right) / 2;
}
