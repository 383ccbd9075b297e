/**
 * One thread's view of one published epoch of one interval: tables and joint scenarios, with what this thread
 * derived from them (return columns, unit readings, horizons on demand) kept until the epoch changes.
 *
 * Flow: memory/publication -> here -> worker/book-valuer. Shapes: columns S; correlation A x A.
 */
import { createHash } from 'node:crypto';
import { type UnitRisk, unitRisk } from '#domain/measure/marginal-risk.ts';
import { createMarginal, Header, MarginalKind, type MarginalTable } from '#domain/measure/marginal-table.ts';
import { SCENARIOS } from '#domain/scenario/lattice.ts';
import { fillReturnColumn } from '#domain/scenario/return-column.ts';
import { createBaseDraws, fillScoreMatrix } from '#domain/scenario/score-matrix.ts';
import type { PublishedSlot } from '#memory/publication.ts';
import type { IntervalMemory, RiskMemory } from '#memory/risk-memory.ts';
import { tabulateHorizon } from './horizon-tables.ts';
import { attachPosterior } from './posterior-access.ts';
import type { PosteriorPlan } from './protocol.ts';

const MAX_COLUMNS = 192;
const MAX_UNITS = 2048;

interface JointScores {
  readonly elliptical: Float32Array;
  readonly rank: Uint16Array;
}

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
}

export function createEpochView(
  memory: RiskMemory,
  posteriorPlan: PosteriorPlan,
  intervalIndex: number,
): EpochView {
  const interval: IntervalMemory = memory.intervals[intervalIndex]!;
  const symbols = memory.plan.symbols.length;
  const epoch = interval.publication.epoch();
  const slot = interval.publication.slot(epoch);
  const demanded = new Map<string, MarginalTable>();
  const columns = new Map<MarginalTable, Map<number, Float32Array>>();
  const units = new Map<MarginalTable, Map<number, UnitRisk>>();
  const ownScores = new Map<number, JointScores>();
  let kept = 0;
  let read = 0;
  let joint: string | undefined;

  function scoresOf(seed: number): JointScores {
    if (seed === memory.plan.seed) return slot;
    let scores = ownScores.get(seed);
    if (scores === undefined) {
      scores = {
        elliptical: new Float32Array(symbols * SCENARIOS),
        rank: new Uint16Array(symbols * SCENARIOS),
      };
      const draws = createBaseDraws(seed, symbols);
      fillScoreMatrix(draws, slot.correlation, slot.dependence[0]!, scores.elliptical, scores.rank);
      ownScores.clear();
      columns.clear();
      kept = 0;
      ownScores.set(seed, scores);
    }
    return scores;
  }

  function onDemand(symbolIndex: number, horizonMs: number, steps: number): MarginalTable {
    const key = `${symbolIndex}/${steps}`;
    let table = demanded.get(key);
    if (table === undefined) {
      table = createMarginal();
      const state = interval.slab.state(symbolIndex, slot.posteriorSlot[symbolIndex]!).slice();
      const posterior = attachPosterior(memory, posteriorPlan, intervalIndex, symbolIndex, state);
      const stamp = { symbolIndex, horizonMs, steps, seed: memory.plan.seed };
      tabulateHorizon(posterior, stamp, slot.marginal(symbolIndex, 0), table);
      if (demanded.size >= MAX_COLUMNS) demanded.clear();
      demanded.set(key, table);
    }
    return table;
  }

  return {
    epoch,
    slot,
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
    column(symbolIndex, marginal, seed) {
      const { rank } = scoresOf(seed);
      let bySeed = columns.get(marginal);
      let column = bySeed?.get(seed);
      if (column !== undefined) return column;
      if (kept++ >= MAX_COLUMNS) {
        columns.clear();
        kept = 0;
        bySeed = undefined;
      }
      column = new Float32Array(SCENARIOS);
      const start = symbolIndex * SCENARIOS;
      fillReturnColumn(marginal, rank.subarray(start, start + SCENARIOS), column);
      if (bySeed === undefined) columns.set(marginal, new Map([[seed, column]]));
      else bySeed.set(seed, column);
      return column;
    },
    elliptical(symbolIndex, seed) {
      const start = symbolIndex * SCENARIOS;
      return scoresOf(seed).elliptical.subarray(start, start + SCENARIOS);
    },
    jointHash() {
      joint ??= createHash('sha256')
        .update(slot.dependence.slice())
        .update(slot.correlation.slice())
        .digest('hex');
      return joint;
    },
  };
}
