/** Bars on the models' own scale: a seeded market with clusters, and given returns as they are. */
import { createStandardBars, type StandardBars } from '#domain/posterior/standard-bars.ts';
import { STANDARDISER_STATE, Standardiser } from '#domain/posterior/standardiser.ts';
import { createRandom } from '#math/random.ts';
import { drawStudent } from '#math/sampling.ts';

const HOUR = 3_600_000;

export function clusteredBars(length: number, seed: number): StandardBars {
  const random = createRandom(seed);
  const bars = createStandardBars(length);
  const standardiser = new Standardiser(HOUR, new Float64Array(STANDARDISER_STATE));
  standardiser.reset(1);
  let h = 1;
  for (let t = 0; t < length; t++) {
    const y = Math.sqrt(h / 2) * drawStudent(random, 4);
    standardiser.push(t * HOUR, y, h * (0.6 + 0.8 * random.uniform()), 1, bars, t);
    h = 0.05 + 0.88 * h + 0.07 * y * y;
  }
  return bars;
}

/** Returns taken as they are: no season, no scale, squared returns for the realised variance. */
export function plainBars(returns: readonly number[]): StandardBars {
  const bars = createStandardBars(returns.length);
  returns.forEach((y, t) => {
    bars.y[t] = y;
    bars.x[t] = y * y;
    bars.xDown[t] = y < 0 ? y * y : 0;
    bars.xUp[t] = y < 0 ? 0 : y * y;
  });
  return bars;
}
