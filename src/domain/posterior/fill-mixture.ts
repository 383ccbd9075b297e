/**
 * The clouds of all members as one mixture of laws of the next return.
 * Shapes: component k = m * particles + i is particle i of member m. Units: log returns.
 */
import { lnSwellOf, tiltComponent, tiltOf } from './aftershock.ts';
import { type Cloud, MU, NU, SCALE_RATIO, SKEW } from './cloud.ts';
import type { PredictiveMixture } from './predictive-mixture.ts';

export function createMixture(members: number, particles: number): PredictiveMixture {
  const size = members * particles;
  return {
    size,
    weight: new Float64Array(size),
    location: new Float64Array(size),
    scale: new Float64Array(size),
    nu: new Float64Array(size),
    skew: new Float64Array(size),
    model: Uint8Array.from({ length: size }, (_, k) => Math.floor(k / particles)),
  };
}

/** `unit` is the return that stands for one standardised; `shares` are the members' weights. */
export function fillMixture(
  clouds: readonly Cloud[],
  shares: readonly number[],
  unit: number,
  shock: number,
  mixture: PredictiveMixture,
): void {
  const { weight, location, scale, nu, skew } = mixture;
  const swollen = unit * Math.exp(lnSwellOf(shock));
  const tilt = tiltOf(shock);
  let k = 0;
  clouds.forEach(({ natural, size, variance, weight: own }, m) => {
    const share = shares[m]!;
    for (let i = 0; i < size; i++, k++) {
      const deviation = Math.sqrt(variance[i]!) * swollen;
      weight[k] = share * own[i]!;
      location[k] = natural[MU * size + i]! * swollen;
      scale[k] = deviation * natural[SCALE_RATIO * size + i]!;
      nu[k] = natural[NU * size + i]!;
      skew[k] = natural[SKEW * size + i]!;
      tiltComponent(mixture, k, deviation, tilt);
    }
  });
}
