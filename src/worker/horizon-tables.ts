/**
 * Tabulates a posterior's predictive law over any number of steps: one step exactly, several by simulation.
 * The draws are named by the posterior's seed, its last bar and the steps, so every replica draws the same.
 *
 * Flow: AssetPosterior -> here -> domain/measure/marginal-table. Units: milliseconds, log returns.
 */
import { type MarginalStamp, marginalFromMixture } from '#domain/measure/marginal-exact.ts';
import { marginalFromSums } from '#domain/measure/marginal-simulated.ts';
import type { MarginalTable } from '#domain/measure/marginal-table.ts';
import type { AssetPosterior } from '#domain/posterior/asset-posterior.ts';

/** Simulated sums per table: 1 % quantiles then err by about one per cent at worst, and say so. */
const SIMULATED_SUMS = 65_536;
let sums: Float64Array | undefined;

export interface HorizonStamp extends Omit<MarginalStamp, 'steps' | 'lastOpenTimeMs'> {
  readonly steps: number;
}

export function tabulateHorizon(
  posterior: AssetPosterior,
  stamp: HorizonStamp,
  oneStep: MarginalTable,
  out: MarginalTable,
): void {
  const full = { ...stamp, lastOpenTimeMs: posterior.lastOpenTimeMs };
  if (stamp.steps === 1) {
    marginalFromMixture(posterior.predictive(), full, out);
    return;
  }
  sums ??= new Float64Array(SIMULATED_SUMS);
  posterior.simulate(stamp.steps, stamp.steps, sums);
  marginalFromSums(sums, oneStep, full, out);
}
