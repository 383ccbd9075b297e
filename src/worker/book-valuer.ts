/**
 * Values a book from published epochs: the work behind a VaR request, in whichever thread.
 *
 * Waits for no inference. Where an epoch is overwritten during the reading, the reading is thrown away and
 * taken again from a copy of the newest one, which nothing can overtake.
 *
 * Flow: worker/protocol ValueTask -> here (worker/epoch-view, domain/measure) -> ValueReply.
 * Units: exposures in the account currency, horizons in ms, losses positive.
 */
import { createHash } from 'node:crypto';
import { failure } from '#domain/failure.ts';
import { type BookLeg, bookRisk, createBookScratch, type LevelRisk } from '#domain/measure/book-risk.ts';
import { MAX_MODELS } from '#domain/measure/marginal-table.ts';
import type { Contribution, RiskResult, TailScenario, Voice } from '#domain/measure/risk-answer.ts';
import { ColumnMemory } from '#domain/scenario/column-memory.ts';
import { fitName } from '#memory/fit-name.ts';
import { HASH_BYTES } from '#memory/publication.ts';
import { type ServedHorizon, serveHorizon } from '#memory/risk-layout.ts';
import type { RiskMemory } from '#memory/risk-memory.ts';
import { createEpochView, type EpochView } from './epoch-view.ts';
import { historicalResults } from './history-methods.ts';
import type { ModelStamp, PosteriorPlan, ValueReply, ValueTask } from './protocol.ts';

/** Readings in all: one in place, the others from copies, each of which only a bar that closes meanwhile spoils. */
const MAX_LAPS = 64;
/** Columns kept for books to come, of all intervals together. */
const COLUMNS = 256;
/** Parts of the tail that an explained answer shows. */
const TAIL_GROUPS = 5;

/** Sets of symbols whose names are kept. */
const MAX_NAMES = 256;

type StateNames = Pick<ModelStamp, 'hash' | 'version'>;

export interface BookValuer {
  value(task: ValueTask): ValueReply;
}

export function createBookValuer(
  memory: RiskMemory,
  posteriorPlan: PosteriorPlan,
  modelIds: readonly string[],
): BookValuer {
  const views: (EpochView | undefined)[] = memory.intervals.map(() => undefined);
  const columnMemory = new ColumnMemory(COLUMNS);
  const scratch = createBookScratch(columnMemory);
  const names = new Map<string, StateNames>();
  const { plan } = memory;

  /** Moves to the newest epoch; everything until the next call is read from that one. */
  function freshView(intervalIndex: number, pinned: readonly number[] | undefined): EpochView {
    const known = views[intervalIndex];
    if (
      pinned === undefined &&
      known !== undefined &&
      known.epoch === memory.intervals[intervalIndex]!.publication.epoch()
    )
      return known;
    known?.forgetColumns();
    const view = createEpochView(memory, posteriorPlan, intervalIndex, columnMemory, pinned);
    views[intervalIndex] = view;
    return view;
  }

  function levels(
    view: EpochView,
    task: ValueTask,
    horizonMs: number,
    { steps }: ServedHorizon,
    without: number,
  ): readonly LevelRisk[] | undefined {
    const kept = task.symbols.flatMap((symbolIndex, at) => (at === without ? [] : [{ symbolIndex, at }]));
    const joint = kept.length > 1;
    const legs: BookLeg[] = [];
    for (const { symbolIndex, at } of kept) {
      const marginal = view.marginal(symbolIndex, horizonMs, steps);
      if (marginal === undefined) return undefined;
      legs.push({
        exposure: task.exposures[at]!,
        marginal,
        returns: joint ? view.column(symbolIndex, marginal, task.seed) : NO_SCENARIOS,
        elliptical: joint ? view.elliptical(symbolIndex, task.seed) : NO_SCENARIOS,
      });
    }
    const { correlation, dependence } = view.slot;
    const symbols = plan.symbols.length;
    const own = Float64Array.from({ length: kept.length ** 2 }, (_, at) => {
      const row = kept[Math.floor(at / kept.length)]!.symbolIndex;
      return correlation[row * symbols + kept[at % kept.length]!.symbolIndex]!;
    });
    return bookRisk(
      { legs, correlation: own, nu: dependence[0]!, ...(task.precise === true && { seed: task.seed }) },
      task.confidences,
      task.credibleMass,
      scratch,
      view.unit,
      task.explain === true && without < 0 ? TAIL_GROUPS : 0,
    );
  }

  function tailOf(task: ValueTask, { tail = [] }: LevelRisk): TailScenario[] {
    return tail.map(({ probability, loss, parts }) => ({
      probability,
      loss,
      items: task.symbols.map((symbolIndex, at) => ({
        symbol: plan.symbols[symbolIndex]!,
        return: -parts[at]! / task.exposures[at]!,
        pnl: -parts[at]!,
      })),
    }));
  }

  function contributionsOf(
    task: ValueTask,
    level: LevelRisk,
    without: readonly (readonly LevelRisk[] | undefined)[],
    levelIndex: number,
  ): Contribution[] {
    return task.symbols.map((symbolIndex, at) => {
      const exposure = task.exposures[at]!;
      const componentVar = level.componentVar[at]!;
      return {
        symbol: plan.symbols[symbolIndex]!,
        exposure,
        marginalVar: componentVar / exposure,
        componentVar,
        componentEs: level.componentEs[at]!,
        incrementalVar: level.var.estimate - (without[at]?.[levelIndex]?.var.estimate ?? 0),
      };
    });
  }

  function resultsFor(task: ValueTask, horizonMs: number, served: ServedHorizon): RiskResult[] | undefined {
    const view = views[served.intervalIndex]!;
    const whole = levels(view, task, horizonMs, served, -1);
    if (whole === undefined) return undefined;
    const gross = task.exposures.reduce((sum, exposure) => sum + Math.abs(exposure), 0);
    const without = task.contributions
      ? task.symbols.map((_, at) => levels(view, task, horizonMs, served, at))
      : [];
    return whole.map((level, levelIndex) => ({
      confidence: level.confidence,
      horizonMs,
      var: level.var,
      es: level.es,
      varRatio: gross > 0 ? level.var.estimate / gross : 0,
      ...(task.contributions ? { contributions: contributionsOf(task, level, without, levelIndex) } : {}),
      ...(level.tail === undefined ? {} : { tail: tailOf(task, level) }),
    }));
  }

  /** Names the state and the fits that the answer for these symbols is read from; the same for every book of them. */
  function namesOf(task: ValueTask, intervals: readonly number[]): StateNames {
    const key = `${intervals.map((index) => `${index}:${views[index]!.epoch}`)}/${task.symbols}`;
    const known = names.get(key);
    if (known !== undefined) return known;
    const state = createHash('sha256');
    const fits = intervals.map((intervalIndex) => {
      const { slot, jointHash } = views[intervalIndex]!;
      const { intervalMs } = plan.intervals[intervalIndex]!;
      state.update(`/${intervalMs}/${jointHash()}/`);
      const hashes = task.symbols.map((symbolIndex) => {
        const start = symbolIndex * HASH_BYTES;
        state.update(slot.stateHash.slice(start, start + HASH_BYTES));
        return slot.fitHash.slice(start, start + HASH_BYTES);
      });
      return { intervalMs, hashes };
    });
    const found = { hash: state.digest('hex'), version: fitName(fits) };
    if (names.size >= MAX_NAMES) names.clear();
    names.set(key, found);
    return found;
  }

  function stampOf(task: ValueTask, intervals: readonly number[]): ModelStamp {
    const weights = new Float64Array(MAX_MODELS);
    const gross = task.exposures.reduce((sum, exposure) => sum + Math.abs(exposure), 0);
    let dataAsOfMs = Infinity;
    let newest = 0;
    for (const intervalIndex of intervals) {
      const { slot } = views[intervalIndex]!;
      const { intervalMs } = plan.intervals[intervalIndex]!;
      if (task.symbols.length === 0)
        for (const time of slot.lastOpenTimeMs) newest = Math.max(newest, time + intervalMs);
      task.symbols.forEach((symbolIndex, at) => {
        dataAsOfMs = Math.min(dataAsOfMs, slot.lastOpenTimeMs[symbolIndex]! + intervalMs);
        const share = Math.abs(task.exposures[at]!) / gross / intervals.length;
        for (let m = 0; m < MAX_MODELS; m++)
          weights[m]! += share * slot.modelWeight[symbolIndex * MAX_MODELS + m]!;
      });
    }
    return {
      ...namesOf(task, intervals),
      weights: modelIds.map((model, m) => ({ model, weight: weights[m]! })),
      dataAsOfMs: task.symbols.length === 0 ? newest : dataAsOfMs,
      epochs: intervals.map((intervalIndex) => ({
        intervalMs: plan.intervals[intervalIndex]!.intervalMs,
        epoch: views[intervalIndex]!.epoch,
      })),
    };
  }

  function voicesOf(task: ValueTask, served: readonly ServedHorizon[]): Voice[] {
    return [...new Set(served.map((one) => one.intervalIndex))].flatMap((intervalIndex) => {
      const { slot } = views[intervalIndex]!;
      const { intervalMs } = plan.intervals[intervalIndex]!;
      const horizonsMs = task.horizonsMs.filter((_, h) => served[h]!.intervalIndex === intervalIndex);
      return task.symbols.map((symbolIndex) => ({
        symbol: plan.symbols[symbolIndex]!,
        intervalMs,
        horizonsMs,
        dataAsOfMs: slot.lastOpenTimeMs[symbolIndex]! + intervalMs,
        weights: modelIds.map((model, m) => ({
          model,
          weight: slot.modelWeight[symbolIndex * MAX_MODELS + m]!,
        })),
      }));
    });
  }

  function attempt(task: ValueTask, pinned: boolean): ValueReply | undefined {
    const started = performance.now();
    const served: ServedHorizon[] = [];
    for (const horizonMs of task.horizonsMs) {
      const one = serveHorizon(plan, horizonMs);
      if (one === undefined)
        return failure('horizon-not-served', 'no bar interval serves this horizon', { horizonMs });
      served.push(one);
    }
    const intervals = [...new Set(served.map((one) => one.intervalIndex))];
    const used = intervals.map((index) => freshView(index, pinned ? task.symbols : undefined));
    if (pinned && !used.every((view) => view.sound())) return undefined;
    if (columnMemory.left < 2 * task.symbols.length * task.horizonsMs.length)
      for (const view of views) view?.forgetColumns();
    const results: RiskResult[] = [];
    for (const [h, horizonMs] of task.horizonsMs.entries()) {
      const part =
        task.method === 'bayes'
          ? resultsFor(task, horizonMs, served[h]!)
          : historicalResults(memory, task, horizonMs, served[h]!, views[served[h]!.intervalIndex]!.slot);
      if (part === undefined)
        return failure(
          'insufficient-history',
          'a symbol of this book has too little history for this horizon',
          {
            horizonMs,
          },
        );
      results.push(...part);
    }
    const stamp = {
      ...stampOf(task, intervals),
      ...(task.explain === true && { voices: voicesOf(task, served) }),
    };
    if (!used.every((view) => view.sound())) return undefined;
    return { ok: true, results, stamp, laps: 0, elapsedUs: (performance.now() - started) * 1000 };
  }

  return {
    value(task) {
      for (let laps = 0; laps < MAX_LAPS; laps++) {
        const reply = attempt(task, laps > 0);
        if (reply === undefined) {
          for (const view of views) view?.forgetColumns();
          views.fill(undefined);
          // Taken from an epoch that was being overwritten.
          names.clear();
          continue;
        }
        return reply.ok ? { ...reply, laps } : reply;
      }
      return failure('numerical', 'the published epoch was overwritten while it was copied, every time');
    },
  };
}

const NO_SCENARIOS = new Float32Array(0);
