/** Data drawn from a volatility model itself: what simulation-based calibration and Geweke's test need. */
import { createCloud, MU, NU, SCALE_RATIO, SKEW } from '#domain/posterior/cloud.ts';
import { createStandardBars, type StandardBars } from '#domain/posterior/standard-bars.ts';
import { STANDARDISER_STATE, Standardiser } from '#domain/posterior/standardiser.ts';
import type { VolatilityModel } from '#domain/posterior/volatility-model.ts';
import type { RandomStream } from '#math/random.ts';
import { drawStudent } from '#math/sampling.ts';

const folder = new Standardiser(3_600_000, new Float64Array(STANDARDISER_STATE));
folder.reset(1);

/** `length` bars from the model at theta[at...], started at its own variance; x is the squared return. */
export function simulateBars(
  model: VolatilityModel,
  theta: Float64Array,
  at: number,
  length: number,
  random: RandomStream,
): StandardBars {
  const cloud = createCloud(1);
  model.constrain(theta, at, cloud, 0, Number.NaN);
  const bars = createStandardBars(length);
  const row = createStandardBars(1);
  folder.fillAverages(row);
  const g = cloud.natural[SKEW]!;
  for (let t = 0; t < length; t++) {
    const size = Math.abs(drawStudent(random, cloud.natural[NU]!));
    const right = random.uniform() * (1 + g * g) < g * g;
    const scale = Math.sqrt(cloud.variance[0]!) * cloud.natural[SCALE_RATIO]!;
    row.y[0] = cloud.natural[MU]! + scale * (right ? size * g : -size / g);
    row.x[0] = row.y[0] * row.y[0];
    folder.foldPaths(row);
    for (const [name, column] of Object.entries(bars))
      if (column instanceof Float64Array) column[t] = (row[name as keyof StandardBars] as Float64Array)[0]!;
    cloud.variance[0] = model.next(cloud, 0, row, 0);
  }
  return bars;
}
