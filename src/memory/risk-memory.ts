/**
 * All the shared memory of valuation: allocated once in the main thread, attached and verified in every other.
 *
 * Flow: engine/valuation-cycle allocates -> workerData -> worker/* attach. Fixed-length buffers only.
 */
import { attachBarHistory, type BarHistory, barHistoryBytes } from './bar-history.ts';
import { attachPosteriorSlab, type PosteriorSlab, posteriorSlabBytes } from './posterior-slab.ts';
import { attachPublication, type Publication, publicationBytes } from './publication.ts';
import { createHeader, type IntervalPlan, type RiskPlan, verifyHeader } from './risk-layout.ts';
import { attachScoreHistory, type ScoreHistory, scoreHistoryBytes } from './score-history.ts';

interface IntervalBuffers {
  readonly history: SharedArrayBuffer;
  readonly scores: SharedArrayBuffer;
  readonly slab: SharedArrayBuffer;
  readonly publication: SharedArrayBuffer;
}

/** What crosses threads. */
export interface RiskMemoryBuffers {
  readonly plan: RiskPlan;
  readonly header: SharedArrayBuffer;
  readonly intervals: readonly IntervalBuffers[];
}

export interface IntervalMemory {
  readonly plan: IntervalPlan;
  readonly history: BarHistory;
  readonly scores: ScoreHistory;
  readonly slab: PosteriorSlab;
  readonly publication: Publication;
}

export interface RiskMemory {
  readonly plan: RiskPlan;
  readonly intervals: readonly IntervalMemory[];
}

export function allocateRiskMemory(plan: RiskPlan): RiskMemoryBuffers {
  const symbols = plan.symbols.length;
  return {
    plan,
    header: createHeader(plan),
    intervals: plan.intervals.map(({ historyBars, horizonsMs }) => ({
      history: new SharedArrayBuffer(barHistoryBytes(symbols, historyBars)),
      scores: new SharedArrayBuffer(scoreHistoryBytes(symbols)),
      slab: new SharedArrayBuffer(posteriorSlabBytes(symbols, plan.state)),
      publication: new SharedArrayBuffer(publicationBytes(symbols, horizonsMs.length)),
    })),
  };
}

/** Throws where the buffers do not fit the plan they come with. */
export function attachRiskMemory({ plan, header, intervals }: RiskMemoryBuffers): RiskMemory {
  verifyHeader(header, plan);
  const symbols = plan.symbols.length;
  return {
    plan,
    intervals: plan.intervals.map((interval, index) => {
      const buffers = intervals[index];
      if (buffers === undefined) throw new RangeError(`no buffers for interval ${interval.intervalMs}`);
      return {
        plan: interval,
        history: attachBarHistory(buffers.history, symbols, interval.historyBars, interval.intervalMs),
        scores: attachScoreHistory(buffers.scores, symbols, interval.intervalMs),
        slab: attachPosteriorSlab(buffers.slab, symbols, plan.state),
        publication: attachPublication(buffers.publication, symbols, interval.horizonsMs.length),
      };
    }),
  };
}
