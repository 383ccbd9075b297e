/** The plain twin of VolatilityModel.filter: one bar at a time, one logarithm per bar and particle. */
import type { Cloud } from '#domain/posterior/cloud.ts';
import { logDensities } from '#domain/posterior/skewed-student.ts';
import type { StandardBars } from '#domain/posterior/standard-bars.ts';
import { BLOCK, type VolatilityModel } from '#domain/posterior/volatility-model.ts';

export function slowFilter(
  model: VolatilityModel,
  cloud: Cloud,
  bars: StandardBars,
  from: number,
  to: number,
  blockWeight: Float64Array,
): Float64Array {
  const out = new Float64Array(cloud.size);
  const lnDensity = new Float64Array(cloud.size);
  for (let t = from; t < to; t++) {
    logDensities(cloud, bars.y[t]!, lnDensity);
    for (let i = 0; i < cloud.size; i++)
      out[i]! += blockWeight[Math.floor((t - from) / BLOCK)]! * lnDensity[i]!;
    for (let i = 0; i < cloud.size; i++) cloud.variance[i] = model.next(cloud, i, bars, t);
  }
  return out;
}
