/**
 * What is a state and no event, sampled once a second: is the feed fresh, how many sandboxes, how long the
 * queue. One good or bad second per tick is what the feed's availability objective is made of.
 * Flow: rooms' own views -> here -> gauges and objective counters
 */
import type { Metrics } from './metrics.ts';

export interface SampledState {
  /** True while every followed symbol has a price young enough to answer from. */
  feedFresh(): boolean;
  /** False before the first bar and while leaving: those seconds are nobody's fault. */
  counted(): boolean;
  sandboxes(): { readonly healthy: number; readonly unhealthy: number; readonly starting: number };
  queuedTasks(): number;
}

const SANDBOX_STATES = ['healthy', 'unhealthy', 'starting'] as const;
const SECOND_MS = 1_000;

/** Starts sampling; the returned function ends it. */
export function startStateSampler(
  metrics: Metrics,
  state: SampledState,
  everyMs: number = SECOND_MS,
): () => void {
  const sample = (): void => {
    if (state.counted())
      metrics.sloEvents.inc({ slo: 'feed-availability', outcome: state.feedFresh() ? 'good' : 'bad' });
    const sandboxes = state.sandboxes();
    for (const name of SANDBOX_STATES) metrics.e2bSandboxes.set({ state: name }, sandboxes[name]);
    metrics.workerQueue.set(state.queuedTasks());
  };
  const timer = setInterval(sample, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
