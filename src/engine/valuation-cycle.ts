/**
 * The valuation cycle: bars in, published posteriors kept current, answers out. It owns the shared memory
 * and the threads, and knows nothing of feeds, stores or HTTP.
 *
 * Flow: bars (history, then live) -> here -> worker threads -> published epochs -> valueAtRisk.
 * Units: milliseconds, prices in the account currency per base unit.
 */
import { type Outcome, success } from '#domain/failure.ts';
import type { Bar } from '#domain/market/bar.ts';
import type { Provenance } from '#domain/market/tick.ts';
import type { Quality, RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskQuery } from '#domain/measure/risk-query.ts';
import { MODEL_IDS } from '#domain/posterior/model-pool.ts';
import { serveHorizon } from '#memory/risk-layout.ts';
import { allocateRiskMemory, attachRiskMemory } from '#memory/risk-memory.ts';
import { createBookValuer } from '#worker/book-valuer.ts';
import type { FitReply, UpdateReply, UsedEpoch, ValueReply, ValueTask } from '#worker/protocol.ts';
import { IntervalRunner } from './interval-runner.ts';
import type { ModelMachine } from './model-machine.ts';
import { createModelSlots, revisionOf } from './model-slots.ts';
import { createPublishedModels, type PublishedModels } from './published-models.ts';
import { answerOf, checkQuery, exposuresOf, taskOf } from './valuation-book.ts';
import { type ValuationPlanOptions, valuationPlan } from './valuation-plan.ts';
import { createValuationPool } from './valuation-pool.ts';

export interface ValuationCycleOptions extends ValuationPlanOptions {
  readonly currency: string;
  /** Threads that answer. */
  readonly threads: number;
  /** Threads that fit and update; those beyond the first live only while there is much to fit. */
  readonly inferenceThreads?: number;
  readonly queueLimit?: number;
  readonly deadlineMs?: number;
  /** A valuation that still runs so long after its deadline is given up together with its thread. */
  readonly stuckMs?: number;
  readonly now: () => number;
  readonly onEvent?: (event: ValuationEvent) => void;
}

export type ValuationEvent =
  | {
      readonly kind: 'fitted';
      readonly symbol: string;
      readonly intervalMs: number;
      readonly reply: FitReply;
    }
  | { readonly kind: 'updated'; readonly intervalMs: number; readonly reply: UpdateReply }
  | { readonly kind: 'inference-failed'; readonly intervalMs: number; readonly error: Error }
  | {
      readonly kind: 'answered';
      readonly answer: RiskAnswer;
      readonly task: ValueTask;
      readonly epochs: readonly UsedEpoch[];
    }
  | { readonly kind: 'worker-lost'; readonly error: Error }
  | { readonly kind: 'lapped'; readonly laps: number };

export interface ValuationInputs {
  /** By symbol index; NaN where there is none. */
  readonly prices: ArrayLike<number>;
  readonly quality: Quality;
  readonly provenance: Provenance;
  readonly signal?: AbortSignal;
}

/** Fewer bars than this make no posterior. */
export const LEAST_BARS = 60;

export interface ValuationCycle extends ModelMachine, PublishedModels {
  /** Takes bars newer than those already held, oldest first; returns how many it took. */
  loadHistory(symbolIndex: number, intervalMs: number, bars: readonly Bar[]): number;
  /** Fits every symbol that has history; resolves when all of them can answer. */
  start(): Promise<void>;
  /** A closed bar of one of the model intervals; others are ignored. */
  onBar(symbolIndex: number, bar: Bar): void;
  valueAtRisk(query: RiskQuery, inputs: ValuationInputs): Promise<Outcome<RiskAnswer>>;
  /** Changes exactly when an answer for this symbol alone would. */
  revision(symbol: string): string | undefined;
  /** Whether this symbol has a posterior at every interval that has history for it. */
  ready(symbolIndex: number): boolean;
  historyBars(symbolIndex: number, intervalMs: number): number;
  /** Settles when no inference is running or due. */
  idle(): Promise<void>;
  readonly waiting: number;
  close(): Promise<void>;
}

export function createValuationCycle(options: ValuationCycleOptions): ValuationCycle {
  const plan = valuationPlan(options);
  const buffers = allocateRiskMemory(plan);
  const memory = attachRiskMemory(buffers);
  const posterior = {
    particles: options.particles,
    ...(options.models === undefined ? {} : { models: options.models }),
  };
  const emit = (event: ValuationEvent): void => options.onEvent?.(event);
  const pool = createValuationPool({
    setup: { memory: buffers, posterior },
    valuationThreads: options.threads,
    inferenceThreads: options.inferenceThreads ?? 2,
    queueLimit: options.queueLimit ?? 512,
    deadlineMs: options.deadlineMs ?? 5000,
    ...(options.stuckMs === undefined ? {} : { stuckMs: options.stuckMs }),
    onWorkerLost: (error) => emit({ kind: 'worker-lost', error }),
  });
  const indexOf = new Map(plan.symbols.map((symbol, index) => [symbol, index]));
  const direct = createBookValuer(memory, posterior, options.models ?? MODEL_IDS);
  const runners = plan.intervals.map(
    ({ intervalMs }, intervalIndex) =>
      new IntervalRunner(pool, intervalIndex, {
        fitted: (symbolIndex, reply) =>
          emit({ kind: 'fitted', symbol: plan.symbols[symbolIndex]!, intervalMs, reply }),
        updated: (reply) => emit({ kind: 'updated', intervalMs, reply }),
        failed: (error) => emit({ kind: 'inference-failed', intervalMs, error }),
      }),
  );

  /** One symbol at standard horizons is a table look-up: not worth a thread hop. */
  function isDirect(task: ValueTask): boolean {
    return (
      task.method === 'bayes' &&
      task.symbols.length <= 1 &&
      task.horizonsMs.every((horizonMs) => {
        const served = serveHorizon(plan, horizonMs);
        if (served === undefined) return true;
        const { horizonsMs, intervalMs } = plan.intervals[served.intervalIndex]!;
        return horizonsMs.some((one) => Math.ceil(one / intervalMs) === served.steps);
      })
    );
  }

  async function reply(task: ValueTask, signal: AbortSignal | undefined): Promise<ValueReply> {
    return isDirect(task) ? direct.value(task) : await pool.value(task, signal);
  }

  function slotOf(intervalIndex: number, symbolIndex: number): number {
    const { publication } = memory.intervals[intervalIndex]!;
    const epoch = publication.epoch();
    return epoch === 0 ? -1 : publication.slot(epoch).posteriorSlot[symbolIndex]!;
  }

  const machine = createModelSlots(memory, options.particles, runners);

  return {
    ...machine,
    ...createPublishedModels(memory),
    loadHistory(symbolIndex, intervalMs, bars) {
      const interval = memory.intervals.find((one) => one.plan.intervalMs === intervalMs);
      if (interval === undefined) throw new RangeError(`no model interval of ${intervalMs} ms`);
      const { history } = interval;
      const { historyBars } = interval.plan;
      // Live bars may have come first: older ones are put before them as long as nothing is fitted.
      const held = history.read(symbolIndex, historyBars);
      const first = held[0]?.openTimeMs ?? Infinity;
      const older = bars.filter((bar) => bar.openTimeMs < first);
      let taken = 0;
      if (older.length > 0 && slotOf(memory.intervals.indexOf(interval), symbolIndex) < 0) {
        history.clear(symbolIndex);
        for (const bar of [...older, ...held]) history.append(symbolIndex, bar);
        taken = older.length;
      }
      for (const bar of bars) {
        if (bar.openTimeMs <= history.lastOpenTimeMs(symbolIndex)) continue;
        history.append(symbolIndex, bar);
        taken++;
      }
      return taken;
    },
    async start() {
      await Promise.all(
        memory.intervals.map(async ({ history }, intervalIndex) => {
          const fits = plan.symbols.flatMap((_, symbolIndex) =>
            history.written(symbolIndex) >= LEAST_BARS && slotOf(intervalIndex, symbolIndex) < 0
              ? [{ symbolIndex, untilMs: history.lastOpenTimeMs(symbolIndex) }]
              : [],
          );
          if (fits.length > 0) await runners[intervalIndex]!.fitAll(fits);
        }),
      );
    },
    onBar(symbolIndex, bar) {
      const intervalIndex = plan.intervals.findIndex((one) => one.intervalMs === bar.intervalMs);
      const interval = memory.intervals[intervalIndex];
      if (interval === undefined || bar.openTimeMs <= interval.history.lastOpenTimeMs(symbolIndex)) return;
      interval.history.append(symbolIndex, bar);
      const runner = runners[intervalIndex]!;
      if (slotOf(intervalIndex, symbolIndex) >= 0) runner.wakeForBars();
      else if (interval.history.written(symbolIndex) >= LEAST_BARS)
        runner.requestFit(symbolIndex, bar.openTimeMs);
    },
    async valueAtRisk(query, { prices, quality, provenance, signal }) {
      const started = performance.now();
      const checked = checkQuery(query);
      if (!checked.ok) return checked;
      const exposures = exposuresOf(query, indexOf, prices);
      if (!exposures.ok) return exposures;
      const task = taskOf(query, exposures.value, query.seed ?? plan.seed);
      const result = await reply(task, signal);
      if (!result.ok) return result;
      if (result.laps > 0) emit({ kind: 'lapped', laps: result.laps });
      const calcUs = Math.round((performance.now() - started) * 1000);
      const { currency, now } = options;
      const answer = answerOf(task, result, { asOfMs: now(), currency, provenance, quality, calcUs });
      emit({ kind: 'answered', answer, task, epochs: result.stamp.epochs });
      return success(answer);
    },
    revision(symbol) {
      const symbolIndex = indexOf.get(symbol);
      if (symbolIndex === undefined) return undefined;
      return revisionOf(memory, symbolIndex);
    },
    ready: (symbolIndex) =>
      memory.intervals.some((_, index) => slotOf(index, symbolIndex) >= 0) &&
      memory.intervals.every(
        ({ history }, index) => history.written(symbolIndex) < LEAST_BARS || slotOf(index, symbolIndex) >= 0,
      ),
    historyBars: (symbolIndex, intervalMs) =>
      memory.intervals.find((one) => one.plan.intervalMs === intervalMs)?.history.written(symbolIndex) ?? 0,
    async idle() {
      for (const runner of runners) await runner.idle();
    },
    get waiting() {
      return pool.waiting;
    },
    async close() {
      for (const runner of runners) runner.close();
      await pool.close();
    },
  };
}
