/**
 * Posteriors over shared states: every thread makes them from the same options, so that equal states mean
 * equal laws everywhere. Flow: memory/posterior-slab -> here -> worker/inference, worker/horizon-tables.
 */
import type { AssetPosterior } from '#domain/posterior/asset-posterior.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import type { RiskMemory } from '#memory/risk-memory.ts';
import type { PosteriorPlan } from './protocol.ts';

export function attachPosterior(
  memory: RiskMemory,
  plan: PosteriorPlan,
  intervalIndex: number,
  symbolIndex: number,
  state: Float64Array,
): AssetPosterior {
  const { intervalMs } = memory.plan.intervals[intervalIndex]!;
  return createAssetPosterior(
    {
      intervalMs,
      particles: plan.particles,
      ...(plan.models === undefined ? {} : { models: plan.models }),
      seed: memory.plan.seed * 65537 + symbolIndex * 257 + intervalIndex,
    },
    state,
  );
}

/** The posterior slot that readers of the published one do not see. */
export function spareSlot(published: number): number {
  return published === 0 ? 1 : 0;
}
