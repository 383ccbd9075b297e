/**
 * Posteriors over shared states: every thread makes them from the same options, so that equal states mean
 * equal laws everywhere; and which places of the slab hold what, read off the publication alone.
 * Flow: memory/posterior-slab -> here -> worker/inference, worker/horizon-tables.
 */
import type { AssetPosterior } from '#domain/posterior/asset-posterior.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import { type PosteriorState, splitState } from '#domain/posterior/state-layout.ts';
import type { IntervalMemory, RiskMemory } from '#memory/risk-memory.ts';
import type { PosteriorPlan } from './protocol.ts';

export function attachPosterior(
  memory: RiskMemory,
  plan: PosteriorPlan,
  intervalIndex: number,
  symbolIndex: number,
  state: PosteriorState,
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

export interface StatePlace {
  readonly slot: number;
  readonly constantsSlot: number;
}

/** Where the current epoch's state of a symbol lies; undefined where it has none. */
export function publishedPlace(
  { publication }: Pick<IntervalMemory, 'publication'>,
  symbolIndex: number,
): StatePlace | undefined {
  const epoch = publication.epoch();
  if (epoch === 0) return undefined;
  const { posteriorSlot, constantsSlot } = publication.slot(epoch);
  const slot = posteriorSlot[symbolIndex]!;
  return slot < 0 ? undefined : { slot, constantsSlot: constantsSlot[symbolIndex]! };
}

export function publishedState(
  interval: Pick<IntervalMemory, 'publication' | 'slab'>,
  symbolIndex: number,
): PosteriorState | undefined {
  const place = publishedPlace(interval, symbolIndex);
  return place && interval.slab.state(symbolIndex, place.slot, place.constantsSlot);
}

/**
 * Where a symbol's next fit or installation writes: nowhere that the current epoch names, nor, for symbols
 * without a posterior, where another one's first fit may be writing beside it.
 */
export function sparePlace(
  interval: Pick<IntervalMemory, 'publication'>,
  symbols: number,
  symbolIndex: number,
): StatePlace {
  const taken = new Set<number>();
  let without = 0;
  let before = 0;
  for (let other = 0; other < symbols; other++) {
    const place = publishedPlace(interval, other);
    if (place !== undefined) taken.add(place.constantsSlot);
    else {
      without++;
      if (other < symbolIndex) before++;
    }
  }
  const published = publishedPlace(interval, symbolIndex);
  let skip = published === undefined ? before : without;
  let constantsSlot = 0;
  while (taken.has(constantsSlot) || skip-- > 0) constantsSlot++;
  return { slot: spareSlot(published?.slot), constantsSlot };
}

/** Writes a flat state where the next update takes it for a fresh one; call while no task of the interval runs. */
export function placeState(
  memory: RiskMemory,
  intervalIndex: number,
  symbolIndex: number,
  flat: Float64Array,
): void {
  const interval = memory.intervals[intervalIndex]!;
  const { slot, constantsSlot } = sparePlace(interval, memory.plan.symbols.length, symbolIndex);
  const target = interval.slab.state(symbolIndex, slot, constantsSlot);
  const { moving, constants } = splitState(flat, memory.plan.state);
  target.moving.set(moving);
  target.constants.set(constants);
}

/** The slot of what bars change that readers of the published one do not see. */
export function spareSlot(published: number | undefined): number {
  return published === 0 ? 1 : 0;
}
