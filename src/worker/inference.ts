/**
 * Inference inside a worker thread: fits from history, updates per closed bar, publication of an epoch.
 *
 * All that a task needs is in shared memory and all that it leaves is there. A fit writes a symbol's spare
 * posterior slot. An update copies what bars change of a published state to the spare slot, lets it see the
 * new bars, rebuilds what changed and publishes everything at once; until then readers see the epoch before,
 * whole. The caller
 * never runs two tasks of one interval side by side, but for fits of different symbols.
 *
 * Flow: memory/bar-history -> here -> memory/publication. Units: milliseconds.
 */
import { createHash } from 'node:crypto';
import { jointLaw } from '#domain/dependence/joint-law.ts';
import { MAX_MODELS } from '#domain/measure/marginal-table.ts';
import type { AssetPosterior } from '#domain/posterior/asset-posterior.ts';
import { observationsFromBars } from '#domain/posterior/observations-from-bars.ts';
import type { PosteriorState } from '#domain/posterior/state-layout.ts';
import { type BaseDraws, createBaseDraws, fillCopulaRanks } from '#domain/scenario/copula-ranks.ts';
import { fillEllipticalMeans } from '#domain/scenario/elliptical-column.ts';
import { HASH_BYTES, type PublishedSlot } from '#memory/publication.ts';
import type { IntervalMemory, RiskMemory } from '#memory/risk-memory.ts';
import { SCORE_ROWS } from '#memory/score-history.ts';
import { type ObservedBars, observeNewBars } from './bar-observer.ts';
import { tabulateHorizon } from './horizon-tables.ts';
import {
  attachPosterior,
  publishedPlace,
  publishedState,
  sparePlace,
  spareSlot,
} from './posterior-access.ts';
import type { FitReply, FitTask, PosteriorPlan, UpdateReply, UpdateTask } from './protocol.ts';

/** Bars at the end of the history that a first fit leaves out and then forecasts one by one. */
const REHEARSAL_BARS = 256;
/** The least history for a rehearsal: below it the fit uses all there is. */
const REHEARSAL_LEAST = 3 * REHEARSAL_BARS;

export interface Inference {
  fit(task: FitTask): FitReply;
  update(task: UpdateTask): UpdateReply;
}

/** SHA-256 over a copy: what lies in shared memory cannot be hashed in place. */
function hashOf(floats: Float64Array, before: Uint8Array = new Uint8Array()): Uint8Array {
  return createHash('sha256').update(before).update(new Uint8Array(floats.slice().buffer)).digest();
}

/** The constants are named by their hash, so that a bar hashes only what it changed. */
function hashState({ moving }: PosteriorState, slot: PublishedSlot, symbolIndex: number): Uint8Array {
  const start = symbolIndex * HASH_BYTES;
  return hashOf(moving, slot.constantsHash.slice(start, start + HASH_BYTES));
}

export function createInference(memory: RiskMemory, posteriorPlan: PosteriorPlan): Inference {
  const symbols = memory.plan.symbols.length;
  const scoreRows = new Float64Array(SCORE_ROWS * symbols);
  let draws: BaseDraws | undefined;

  function fit({ intervalIndex, symbolIndex, untilMs }: FitTask): FitReply {
    const started = performance.now();
    const interval = memory.intervals[intervalIndex]!;
    const published = publishedState(interval, symbolIndex);
    const { slot, constantsSlot } = sparePlace(interval, symbols, symbolIndex);
    const state = interval.slab.state(symbolIndex, slot, constantsSlot);
    if (published === undefined) state.moving.fill(0);
    else state.moving.set(published.moving);
    const posterior = attachPosterior(memory, posteriorPlan, intervalIndex, symbolIndex, state);
    const bars = interval.history.read(symbolIndex, interval.plan.fitBars, untilMs);
    const rehearsed = published === undefined && bars.length >= REHEARSAL_LEAST ? REHEARSAL_BARS : 0;
    const report = posterior.fit(observationsFromBars(bars.slice(0, bars.length - rehearsed)));
    if (rehearsed > 0) observeNewBars(interval, symbolIndex, posterior, false);
    const { observations, fallbacks } = report;
    const members = report.models.map(({ model, weight, ess, paretoK }) => ({ model, weight, ess, paretoK }));
    return { observations, fallbacks, members, elapsedMs: performance.now() - started };
  }

  /** Everything about one symbol in the next slot, from a posterior that has changed. */
  function publishSymbol(
    intervalIndex: number,
    symbolIndex: number,
    posterior: AssetPosterior,
    slot: PublishedSlot,
  ): void {
    const { horizonsMs, intervalMs } = memory.plan.intervals[intervalIndex]!;
    const oneStep = slot.marginal(symbolIndex, 0);
    for (const [h, horizonMs] of horizonsMs.entries())
      tabulateHorizon(
        posterior,
        { symbolIndex, horizonMs, steps: Math.ceil(horizonMs / intervalMs), seed: memory.plan.seed },
        oneStep,
        slot.marginal(symbolIndex, h),
      );
    slot.stateHash.set(hashState(posterior.state, slot, symbolIndex), symbolIndex * HASH_BYTES);
    slot.lastOpenTimeMs[symbolIndex] = posterior.lastOpenTimeMs;
    for (const [m, { weight }] of posterior.diagnostics().entries())
      slot.modelWeight[symbolIndex * MAX_MODELS + m] = weight;
  }

  function publishJointLaw({ scores }: IntervalMemory, slot: PublishedSlot): void {
    let newest = 0;
    for (const time of slot.lastOpenTimeMs) newest = Math.max(newest, time);
    const rows = scores.read(newest, scoreRows);
    const { correlation, nu, fewestRows } = jointLaw(scoreRows, rows, symbols);
    slot.correlation.set(correlation);
    slot.dependence.set([nu, fewestRows]);
    fillEllipticalMeans(nu, slot.ellipticalMeans);
    draws ??= createBaseDraws(memory.plan.seed, symbols);
    fillCopulaRanks(draws, correlation, nu, slot.rank);
  }

  /** One symbol from its spare slot: fitted there, or copied there and shown the new bars. */
  function advance(
    intervalIndex: number,
    symbolIndex: number,
    fresh: boolean,
    current: PublishedSlot,
    next: PublishedSlot,
  ): ObservedBars {
    const interval = memory.intervals[intervalIndex]!;
    const published = publishedPlace(interval, symbolIndex);
    const place =
      fresh || published === undefined
        ? sparePlace(interval, symbols, symbolIndex)
        : { ...published, slot: spareSlot(published.slot) };
    const state = interval.slab.state(symbolIndex, place.slot, place.constantsSlot);
    if (fresh) {
      next.constantsHash.set(hashOf(state.constants), symbolIndex * HASH_BYTES);
      next.fitHash.set(hashState(state, next, symbolIndex), symbolIndex * HASH_BYTES);
    } else {
      state.moving.set(publishedState(interval, symbolIndex)!.moving);
      copyHash(current.constantsHash, next.constantsHash, symbolIndex);
      copyHash(current.fitHash, next.fitHash, symbolIndex);
    }
    const posterior = attachPosterior(memory, posteriorPlan, intervalIndex, symbolIndex, state);
    const seen = observeNewBars(interval, symbolIndex, posterior, true);
    if (seen.observed === 0 && !fresh) {
      copySymbol(current, next, symbolIndex, interval.plan.horizonsMs.length);
      return seen;
    }
    publishSymbol(intervalIndex, symbolIndex, posterior, next);
    next.posteriorSlot[symbolIndex] = place.slot;
    next.constantsSlot[symbolIndex] = place.constantsSlot;
    return seen;
  }

  function update({ intervalIndex, fitted, held }: UpdateTask): UpdateReply {
    const started = performance.now();
    const interval = memory.intervals[intervalIndex]!;
    const { publication, history, plan } = interval;
    const current = publication.slot(publication.epoch());
    const epoch = publication.begin();
    const next = publication.slot(epoch);
    const refits: { symbolIndex: number; untilMs: number }[] = [];
    const failures: { symbolIndex: number; message: string }[] = [];
    let observedBars = 0;
    for (let symbolIndex = 0; symbolIndex < symbols; symbolIndex++) {
      const published = publishedPlace(interval, symbolIndex);
      const fresh = fitted.includes(symbolIndex);
      const lastMs = history.lastOpenTimeMs(symbolIndex);
      const due =
        fresh ||
        (published !== undefined &&
          !held.includes(symbolIndex) &&
          lastMs > current.lastOpenTimeMs[symbolIndex]!);
      try {
        if (due) {
          const { observed, refitAtMs } = advance(intervalIndex, symbolIndex, fresh, current, next);
          observedBars += observed;
          if (refitAtMs !== undefined) refits.push({ symbolIndex, untilMs: refitAtMs });
          continue;
        }
      } catch (error) {
        // One symbol's trouble stays its own: it keeps its last good law, the others go on.
        failures.push({ symbolIndex, message: error instanceof Error ? error.message : String(error) });
        if (!fresh) refits.push({ symbolIndex, untilMs: lastMs });
      }
      if (published !== undefined) copySymbol(current, next, symbolIndex, plan.horizonsMs.length);
      else next.posteriorSlot[symbolIndex] = -1;
    }
    publishJointLaw(interval, next);
    publication.commit(epoch);
    return { epoch, observedBars, refits, failures, elapsedMs: performance.now() - started };
  }

  return { fit, update };
}

function copyHash(from: Uint8Array, to: Uint8Array, symbolIndex: number): void {
  const start = symbolIndex * HASH_BYTES;
  to.set(from.subarray(start, start + HASH_BYTES), start);
}

function copySymbol(from: PublishedSlot, to: PublishedSlot, symbolIndex: number, horizons: number): void {
  to.posteriorSlot[symbolIndex] = from.posteriorSlot[symbolIndex]!;
  to.constantsSlot[symbolIndex] = from.constantsSlot[symbolIndex]!;
  to.lastOpenTimeMs[symbolIndex] = from.lastOpenTimeMs[symbolIndex]!;
  copyHash(from.stateHash, to.stateHash, symbolIndex);
  copyHash(from.fitHash, to.fitHash, symbolIndex);
  copyHash(from.constantsHash, to.constantsHash, symbolIndex);
  const weights = symbolIndex * MAX_MODELS;
  to.modelWeight.set(from.modelWeight.subarray(weights, weights + MAX_MODELS), weights);
  for (let h = 0; h < horizons; h++) to.marginal(symbolIndex, h).flat.set(from.marginal(symbolIndex, h).flat);
}
