/** Predictive mixtures for tests of the measures: one law, or a cloud of particles over several models. */
import { createMixture } from '../../src/domain/posterior/fill-mixture.ts';
import type { PredictiveMixture } from '../../src/domain/posterior/predictive-mixture.ts';
import { createRandom } from '../../src/math/random.ts';

export interface LawParts {
  readonly location?: number;
  readonly scale: number;
  readonly nu: number;
  readonly skew?: number;
}

/** A mixture of a single two-piece Student law. */
export function singleLaw({ location = 0, scale, nu, skew = 1 }: LawParts): PredictiveMixture {
  return {
    size: 1,
    weight: Float64Array.of(1),
    location: Float64Array.of(location),
    scale: Float64Array.of(scale),
    nu: Float64Array.of(nu),
    skew: Float64Array.of(skew),
    model: Uint8Array.of(0),
  };
}

export interface CloudParts extends LawParts {
  readonly seed: number;
  readonly particles: number;
  readonly models: number;
  /** Standard deviation of the particles' log scales. */
  readonly spread?: number;
}

/** `particles` laws per model around the given one, with uneven weights; models differ in scale by steps. */
export function cloud(parts: CloudParts): PredictiveMixture {
  const { seed, particles, models, spread = 0.06, location = 0, scale, nu, skew = 1 } = parts;
  const random = createRandom(seed, 0xc10d);
  const mixture = createMixture(models, particles);
  const { size } = mixture;
  let total = 0;
  for (let k = 0; k < size; k++) {
    const model = mixture.model[k]!;
    mixture.weight[k] = 0.2 + random.uniform();
    total += mixture.weight[k]!;
    mixture.location[k] = location + 0.02 * scale * random.normal();
    mixture.scale[k] = scale * Math.exp(spread * random.normal() + 0.05 * model);
    mixture.nu[k] = 2 + (nu - 2) * Math.exp(0.2 * random.normal());
    mixture.skew[k] = skew * Math.exp(0.03 * random.normal());
  }
  for (let k = 0; k < size; k++) mixture.weight[k]! /= total;
  return mixture;
}
