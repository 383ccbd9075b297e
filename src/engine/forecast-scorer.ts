/**
 * The full set of backtests over the ledger's trackers, in a thread of its own: some of its p-values are
 * simulated and take up to a second, which the event loop must not wait for.
 * Flow: ledger -> forecast-scorer -> forecast-scorer-thread -> scorecards.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { TrackerState } from '#domain/backtest/accuracy-tracker.ts';
import type { Scorecard } from '#domain/backtest/scorecard.ts';

export type Scorer = (states: readonly TrackerState[]) => Promise<readonly Scorecard[]>;

/** The thread lives for one round: rounds are minutes apart and a sleeping thread would hold its heap. */
export async function scoreInThread(states: readonly TrackerState[]): Promise<readonly Scorecard[]> {
  const worker = new Worker(new URL('./forecast-scorer-thread.ts', import.meta.url), {
    workerData: states,
    execArgv: [],
    env: {},
  });
  worker.unref();
  const [scorecards] = (await once(worker, 'message')) as [readonly Scorecard[]];
  return scorecards;
}
