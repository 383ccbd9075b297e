/**
 * The clouds of all members as one mixture of laws of the next return.
 * Shapes: component k = m * particles + i is particle i of member m. Units: log returns.
 */
import { fastExp } from '#math/fast-exp.ts';
import { lnSwellOf, tiltOf } from './aftershock.ts';
import { type Cloud, LN_CONSTANT, MU, NU, SCALE_RATIO, SKEW } from './cloud.ts';
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

/**
 * `unit` is the return that stands for one standardised; `shares` are the members' weights. The shock tilts each
 * law at an unchanged mean and second moment about its mode: what aftershock.ts says, with one division for
 * each of thousands of components, and E|t| out of the constant of the density (skewed-student.ts):
 *   E|t| = 2 nu / (nu - 1) c(nu),   c(nu) = exp(constant) scale ratio (g + 1 / g) / 2.
 */
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
  const back = 1 / tilt;
  let k = 0;
  clouds.forEach(({ natural, size, variance, weight: own }, m) => {
    const share = shares[m]!;
    for (let i = 0; i < size; i++, k++) {
      const deviation = Math.sqrt(variance[i]!) * swollen;
      const ratio = natural[SCALE_RATIO * size + i]!;
      const g = natural[SKEW * size + i]!;
      const square = g * g;
      const tiltedSquare = square * tilt * tilt;
      // g^2 times the second moment that skewing adds, before and after.
      const moment = (square - 1) * square + 1;
      const tiltedMoment = (tiltedSquare - 1) * tiltedSquare + 1;
      const law = natural[NU * size + i]!;
      const shared = 1 / (g * square * tiltedMoment * (law - 1));
      const tiltedRatio = ratio * tilt * Math.sqrt(moment * g * square * (law - 1) * shared);
      // Times g (nu - 1), and times g: both are taken back with `shared`.
      const meanSize = law * fastExp(natural[LN_CONSTANT * size + i]!) * ratio * (square + 1);
      const lean = ratio * (square - 1) - tiltedRatio * back * (tiltedSquare - 1);
      const moved = meanSize * lean * g * tiltedMoment * shared;
      weight[k] = share * own[i]!;
      location[k] = natural[MU * size + i]! * swollen + deviation * moved;
      scale[k] = deviation * tiltedRatio;
      nu[k] = law;
      skew[k] = g * tilt;
    }
  });
}
