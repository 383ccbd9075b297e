/**
 * A market whose true law is known: GJR-GARCH(1,1) with Student-t shocks at the root interval, no season, no
 * jumps. Every root return, given its past, is location-scale Student-t with the parameters `conditional` tells,
 * so a VaR forecast can be compared with the truth. Across symbols the shocks are multivariate Student-t (one
 * common chi-square, factor correlation = product of the two market loadings), so each margin stays exact.
 * Flow: law parameters, seed -> here -> root path.
 * Units: log returns per root interval; published prices are rounded to ticks, the law speaks of the unrounded.
 * Source: Bollerslev (1987) GARCH-t; Glosten, Jagannathan and Runkle (1993) asymmetry.
 *   s2' = omega + (alpha + gamma [e < 0]) e^2 + beta s2,   e = s z,   r = mu + k e,   k the regime's scale
 */
import { drawChiSquare } from '#math/sampling.ts';
import { DAY_MS } from '../market/bar-node.ts';
import type { Instrument } from '../market/instrument.ts';
import { CommonFactor } from './common-factor.ts';
import type { ProcessFactory, ReturnProcess } from './return-process.ts';

export interface GarchParameters {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly degrees: number;
  /** Expected log return per root interval. */
  readonly location: number;
}

export const DEFAULT_GARCH: GarchParameters = {
  alpha: 0.05,
  beta: 0.92,
  gamma: 0.02,
  degrees: 5,
  location: 0,
};

interface CommonShock {
  readonly normal: number;
  /** Turns a unit normal into a unit-variance Student-t together with every other symbol's. */
  readonly mixing: number;
}

export function garchT(seed: number, rootIntervalMs: number, parameters: GarchParameters): ProcessFactory {
  const { alpha, beta, gamma, degrees } = parameters;
  const persistence = alpha + beta + gamma / 2;
  if (!(persistence < 1) || alpha < 0 || beta < 0 || alpha + gamma < 0)
    throw new RangeError(`alpha, beta, gamma must be stationary, got persistence ${persistence}`);
  if (!(degrees > 2)) throw new RangeError(`degrees must exceed 2 for a variance, got ${degrees}`);
  const common = new CommonFactor<CommonShock>(seed, (random) => ({
    mixing: Math.sqrt((degrees - 2) / drawChiSquare(random, degrees)),
    normal: random.normal(),
  }));
  return (instrument) => symbolProcess(instrument, rootIntervalMs, parameters, common);
}

function symbolProcess(
  instrument: Instrument,
  rootIntervalMs: number,
  { alpha, beta, gamma, degrees, location }: GarchParameters,
  common: CommonFactor<CommonShock>,
): ReturnProcess {
  const meanVariance = instrument.dailyVolatility ** 2 * (rootIntervalMs / DAY_MS);
  const omega = meanVariance * (1 - alpha - beta - gamma / 2);
  const loading = instrument.marketLoading;
  const ownLoading = Math.sqrt(1 - loading * loading);
  let variance = meanVariance;

  return {
    next(openMs, volatilityScale, random) {
      const { normal, mixing } = common.at(openMs / rootIntervalMs);
      const shock = (loading * normal + ownLoading * random.normal()) * mixing;
      const deviation = Math.sqrt(variance);
      const error = deviation * shock;
      variance = omega + (error < 0 ? alpha + gamma : alpha) * error * error + beta * variance;
      return {
        logReturn: location + volatilityScale * error,
        diffusion: volatilityScale * deviation * mixing,
        jump: 0,
      };
    },
    conditional(_openMs, volatilityScale) {
      const scale = volatilityScale * Math.sqrt((variance * (degrees - 2)) / degrees);
      return { location, scale, degrees };
    },
  };
}
