/** The plain twin of MixtureLaw.cdf: every component in full, no table. */
import type { PredictiveMixture } from '#domain/posterior/predictive-mixture.ts';
import { studentCdf } from '#math/special-functions.ts';

export function slowMixtureCdf(mixture: PredictiveMixture, x: number): number {
  let sum = 0;
  for (let k = 0; k < mixture.size; k++) {
    const z = (x - mixture.location[k]!) / mixture.scale[k]!;
    const g = mixture.skew[k]!;
    const nu = mixture.nu[k]!;
    const left = 1 / (1 + g * g);
    const value = z < 0 ? 2 * left * studentCdf(z * g, nu) : 1 - 2 * (1 - left) * studentCdf(-z / g, nu);
    sum += mixture.weight[k]! * value;
  }
  return sum;
}
