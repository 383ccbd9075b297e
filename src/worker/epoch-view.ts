/**
 * One thread's view of one published epoch of one interval: tables and joint scenarios, with what this thread
 * derived from them (return columns, unit readings, horizons on demand) kept until the epoch changes.
 *
 * A view reads shared memory in place, which is free while epochs live longer than readings. Where they do
 * not, a view is pinned: it copies what it will need first, in far less time than any epoch lives, and no
 * later epoch touches it.
 *
 * Flow: memory/publication -> here -> worker/book-valuer. Shapes: columns S; correlation A x A.
 */
import { createHash } from 'node:crypto';
import { type UnitRisk, unitRisk } from '#domain/measure/marginal-risk.ts';
import { createMarginal, Header, MarginalKind, type MarginalTable } from '#domain/measure/marginal-table.ts';
import type { PosteriorState } from '#domain/posterior/state-layout.ts';
import type { ColumnMemory } from '#domain/scenario/column-memory.ts';
import { createBaseDraws, fillCopulaRanks } from '#domain/scenario/copula-ranks.ts';
import { fillEllipticalColumn } from '#domain/scenario/elliptical-column.ts';
import { SCENARIOS } from '#domain/scenario/lattice.ts';
import { fillReturnColumn } from '#domain/scenario/return-column.ts';
import type { PublishedSlot } from '#memory/publication.ts';
import type { IntervalMemory, RiskMemory } from '#memory/risk-memory.ts';
import { tabulateHorizon } from './horizon-tables.ts';
import { attachPosterior } from './posterior-access.ts';
import type { PosteriorPlan } from './protocol.ts';

const MAX_DEMANDED = 192;
const MAX_UNITS = 2048;

export interface EpochView {
  readonly epoch: number;
  readonly slot: PublishedSlot;
  /** Undefined where the symbol has no posterior yet. */
  marginal(symbolIndex: number, horizonMs: number, steps: number): MarginalTable | undefined;
  unit(marginal: MarginalTable, confidence: number, short: boolean): UnitRisk;
  column(symbolIndex: number, marginal: MarginalTable, seed: number): Float32Array;
  elliptical(symbolIndex: number, seed: number): Float32Array;
  /** Names the joint law. */
  jointHash(): string;
  /** Gives all columns back; those handed out before must not be read any more. */
  forgetColumns(): void;
  /** Whether everything read so far belongs to this one epoch. */
  sound(): boolean;
}

/** Pinned where `pinned` lists the symbols whose posteriors the reading may need. */
export function createEpochView(
  memory: RiskMemory,
  posteriorPlan: PosteriorPlan,
  intervalIndex: number,
  columnMemory: ColumnMemory,
  pinned?: readonly number[],
): EpochView {
  const interval: IntervalMemory = memory.intervals[intervalIndex]!;
  const { publication, slab } = interval;
  const symbols = memory.plan.symbols.length;
  const epoch = publication.epoch();
  const slot = pinned === undefined ? publication.slot(epoch) : publication.copy(epoch);
  const states = new Map((pinned ?? []).map((symbolIndex) => [symbolIndex, stateOf(symbolIndex)]));
  const whole = pinned !== undefined && publication.epoch() === epoch;
  let torn = false;
  const demanded = new Map<string, MarginalTable>();
  const columns = new Map<string, Float32Array>();
  const units = new Map<MarginalTable, Map<number, UnitRisk>>();
  let own: { readonly seed: number; readonly rank: Uint16Array } | undefined;
  let read = 0;
  let joint: string | undefined;

  /** A copy of the state that this epoch names; undefined where it names none. */
  function stateOf(symbolIndex: number): PosteriorState | undefined {
    const place = slot.posteriorSlot[symbolIndex]!;
    if (place < 0) return undefined;
    const { moving, constants } = slab.state(symbolIndex, place, slot.constantsSlot[symbolIndex]!);
    return { moving: moving.slice(), constants: constants.slice() };
  }

  /** A fit may write an epoch's state as soon as the next epoch is there, so only the newest can be copied. */
  function stateForHorizon(symbolIndex: number): PosteriorState {
    const known = states.get(symbolIndex);
    if (known !== undefined) return known;
    const state = stateOf(symbolIndex)!;
    if (publication.epoch() !== epoch) torn = true;
    return state;
  }

  /** Ranks under the published seed, or drawn here for another one; one such other is kept. */
  function ranksOf(seed: number): Uint16Array {
    if (seed === memory.plan.seed) return slot.rank;
    if (own?.seed !== seed) {
      const rank = new Uint16Array(symbols * SCENARIOS);
      fillCopulaRanks(createBaseDraws(seed, symbols), slot.correlation, slot.dependence[0]!, rank);
      own = { seed, rank };
    }
    return own.rank;
  }

  function ranksOfSymbol(symbolIndex: number, seed: number): Uint16Array {
    const start = symbolIndex * SCENARIOS;
    return ranksOf(seed).subarray(start, start + SCENARIOS);
  }

  /** Where no slot is left the column serves this once. */
  function kept(key: string, fill: (column: Float32Array) => void): Float32Array {
    const known = columns.get(key);
    if (known !== undefined) return known;
    const slot = columnMemory.take();
    const column = slot ?? new Float32Array(SCENARIOS);
    fill(column);
    if (slot !== undefined) columns.set(key, slot);
    return column;
  }

  function onDemand(symbolIndex: number, horizonMs: number, steps: number): MarginalTable {
    const key = `${symbolIndex}/${steps}`;
    let table = demanded.get(key);
    if (table === undefined) {
      table = createMarginal();
      const state = stateForHorizon(symbolIndex);
      const posterior = attachPosterior(memory, posteriorPlan, intervalIndex, symbolIndex, state);
      const stamp = { symbolIndex, horizonMs, steps, seed: memory.plan.seed };
      tabulateHorizon(posterior, stamp, slot.marginal(symbolIndex, 0), table);
      if (demanded.size >= MAX_DEMANDED) demanded.clear();
      demanded.set(key, table);
    }
    return table;
  }

  return {
    epoch,
    slot,
    sound: () => whole || (!torn && publication.intact(epoch)),
    marginal(symbolIndex, horizonMs, steps) {
      if (epoch === 0 || slot.posteriorSlot[symbolIndex]! < 0) return undefined;
      const standard = interval.plan.horizonsMs.findIndex(
        (one) => Math.ceil(one / interval.plan.intervalMs) === steps,
      );
      const table =
        standard >= 0 ? slot.marginal(symbolIndex, standard) : onDemand(symbolIndex, horizonMs, steps);
      return table.header[Header.kind] === MarginalKind.empty ? undefined : table;
    },
    unit(marginal, confidence, short) {
      let readings = units.get(marginal);
      if (readings === undefined) {
        readings = new Map();
        units.set(marginal, readings);
      }
      const key = short ? -confidence : confidence;
      let reading = readings.get(key);
      if (reading === undefined) {
        if (read++ >= MAX_UNITS) {
          units.clear();
          read = 0;
        }
        reading = unitRisk(marginal, confidence, short);
        readings.set(key, reading);
      }
      return reading;
    },
    column: (symbolIndex, marginal, seed) =>
      kept(`${seed}/${symbolIndex}/${marginal.header[Header.steps]}`, (column) =>
        fillReturnColumn(marginal, ranksOfSymbol(symbolIndex, seed), column),
      ),
    elliptical: (symbolIndex, seed) =>
      kept(`${seed}/${symbolIndex}`, (column) =>
        fillEllipticalColumn(slot.ellipticalMeans, ranksOfSymbol(symbolIndex, seed), column),
      ),
    jointHash() {
      joint ??= createHash('sha256')
        .update(slot.dependence.slice())
        .update(slot.correlation.slice())
        .digest('hex');
      return joint;
    },
    forgetColumns() {
      for (const column of columns.values()) columnMemory.giveBack(column);
      columns.clear();
    },
  };
}
