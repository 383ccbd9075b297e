/**
 * Backtests of followed symbols as jobs. One runs at a time, in threads that live only while it does; the
 * store keeps what was asked and what came out, so every replica can answer for every job.
 *
 * Flow: http -> here -> bars of the engine -> backtest-pool -> store.
 * A job that a dead replica left running counts as failed once it is older than any job may take.
 */
import { randomUUID } from 'node:crypto';
import { type BacktestPlan, LEAST_HISTORY } from '#domain/backtest/backtest-plan.ts';
import { tailProbability } from '#domain/backtest/forecast-track.ts';
import { blocksOf } from '#domain/backtest/walk-forward.ts';
import { failure, type Outcome, success } from '#domain/failure.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import { observationsFromBars } from '#domain/posterior/observations-from-bars.ts';
import type { JobState, TrainingJob, TrainingJobs } from '#store/ports/training-jobs.ts';
import type { AuditCaller } from './audit-desk.ts';
import { type AuditTrail, audited } from './audit-trail.ts';
import { createBacktestPool } from './backtest-pool.ts';
import type { RiskEngine } from './risk-engine.ts';

export interface BacktestRequest {
  readonly symbol: string;
  readonly intervalMs: number;
  readonly confidences: readonly number[];
  /** The newest so many; all that the history allows when absent. */
  readonly forecasts?: number;
  readonly peers: boolean;
}

export interface BacktestView {
  readonly id: string;
  readonly state: JobState;
  readonly createdMs: number;
  readonly startedMs?: number;
  readonly finishedMs?: number;
  readonly progress: number;
  readonly request: BacktestRequest;
  /** A BacktestSummary, as stored. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

export interface BacktestJobs {
  submit(request: BacktestRequest, caller: AuditCaller): Promise<Outcome<string>>;
  view(id: string): Promise<BacktestView | undefined>;
  close(): Promise<void>;
}

export interface BacktestJobsOptions {
  readonly bars: RiskEngine['bars'];
  readonly jobs: TrainingJobs;
  readonly trail: AuditTrail;
  readonly threads: number;
  readonly particles: number;
  readonly seed: number;
  /** Jobs that may wait behind the running one. */
  readonly queueLimit: number;
  readonly now: () => number;
}

/** Marks a stored job as a backtest; no model is ever named so. */
const PREFIX = 'backtest:';
/** Above every lease: a leader of training must not take a running backtest for one of its orphans. */
const FENCE = 2_147_483_647;
const WINDOW = 2000;
const REFIT = 100;
const LONGEST_JOB_MS = 3_600_000;

export function createBacktestJobs(options: BacktestJobsOptions): BacktestJobs {
  const { bars, jobs, trail, now, queueLimit } = options;
  const closing = new AbortController();
  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();

  async function run(id: string, series: ObservationSeries, plan: BacktestPlan, levels: readonly number[]) {
    if (closing.signal.aborted) {
      await jobs.change(id, over('cancelled', 'shutting down'));
      return;
    }
    await jobs.change(id, { state: 'running', startedMs: now(), fence: FENCE });
    const pool = createBacktestPool(options.threads);
    try {
      const sizes = blocksOf(plan).map(({ from, to }) => to - from);
      let done = 0;
      const blocks = await pool.runBlocks({
        series,
        plan,
        done: new Map(),
        onBlock: (block) => {
          done += sizes[block]!;
          // A lost progress report is no loss.
          jobs.change(id, { progress: done / (plan.end - plan.first), fence: FENCE }).catch(() => {});
        },
        signal: closing.signal,
      });
      const result = await pool.summarise({ series, plan, confidences: levels, blocks });
      await jobs.change(id, {
        state: 'done',
        progress: 1,
        finishedMs: now(),
        result: JSON.stringify(result),
      });
    } catch (error) {
      const ending = closing.signal.aborted
        ? over('cancelled', 'shutting down')
        : over('failed', (error as Error).message);
      await jobs.change(id, ending);
    } finally {
      await pool.close();
    }
  }

  function over(state: 'cancelled' | 'failed', error: string) {
    return { state, error, finishedMs: now(), fence: FENCE };
  }

  return {
    async submit(request, { actor, requestId }) {
      if (waiting > queueLimit) return failure('overloaded', `${queueLimit} backtests are waiting`);
      const found = bars(request.symbol, request.intervalMs, 0, now(), Number.MAX_SAFE_INTEGER);
      if (!found.ok) return found;
      const series = observationsFromBars(found.value);
      const planned = planOf(request, series, options);
      if (!planned.ok) return planned;
      const id = randomUUID();
      const { symbol, intervalMs } = request;
      const details = { symbol, intervalMs };
      await audited(
        trail,
        { actor, action: 'backtest.submit', subject: id, correlationId: requestId, details },
        () =>
          jobs.add({
            id,
            modelId: `${PREFIX}${symbol}`,
            trigger: 'backtest',
            state: 'queued',
            createdMs: now(),
            progress: 0,
            attempts: 1,
            request: JSON.stringify(request),
          }),
      );
      waiting++;
      tail = tail
        .then(() => run(id, series, planned.value, request.confidences))
        .catch(() => {})
        .finally(() => {
          waiting--;
        });
      return success(id);
    },
    async view(id) {
      const job = await jobs.get(id);
      return job?.modelId.startsWith(PREFIX) ? viewOf(job, now()) : undefined;
    },
    async close() {
      closing.abort();
      await tail;
    },
  };
}

/** The newest forecasts asked for, or all but the first window, at most half of a short history. */
function planOf(
  request: BacktestRequest,
  { length, intervalMs }: ObservationSeries,
  { particles, seed }: BacktestJobsOptions,
): Outcome<BacktestPlan> {
  const first =
    request.forecasts === undefined ? Math.min(WINDOW, Math.floor(length / 2)) : length - request.forecasts;
  if (first < LEAST_HISTORY)
    return failure(
      'insufficient-history',
      `${length} returns leave ${Math.max(0, first)} before the first forecast, ${LEAST_HISTORY} are needed`,
    );
  return success({
    first,
    end: length,
    window: WINDOW,
    refit: REFIT,
    probabilities: request.confidences.map(tailProbability),
    simple: false,
    posterior: { intervalMs, particles, seed },
    peers: request.peers,
    members: false,
  });
}

function viewOf(job: TrainingJob, nowMs: number): BacktestView {
  const lost = job.state === 'running' && nowMs - (job.startedMs ?? job.createdMs) > LONGEST_JOB_MS;
  return {
    id: job.id,
    state: lost ? 'failed' : job.state,
    createdMs: job.createdMs,
    ...(job.startedMs !== undefined && { startedMs: job.startedMs }),
    ...(job.finishedMs !== undefined && { finishedMs: job.finishedMs }),
    progress: job.progress,
    request: JSON.parse(job.request) as BacktestRequest,
    ...(job.result !== undefined && { result: JSON.parse(job.result) as Record<string, unknown> }),
    ...(lost
      ? { error: 'the replica that ran it was lost' }
      : job.error !== undefined && { error: job.error }),
  };
}
