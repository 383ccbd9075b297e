import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { startStateSampler } from '../../../src/telemetry/state-sampler.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('startStateSampler', () => {
  it('counts each second once as good or bad, and none while nothing is promised', async () => {
    const metrics = createMetrics({ version: 't', commit: 't', processMetrics: false });
    let [fresh, counted] = [true, false];
    const stop = startStateSampler(metrics, {
      feedFresh: () => fresh,
      counted: () => counted,
      sandboxes: () => ({ healthy: 2, unhealthy: 1, starting: 0 }),
      queuedTasks: () => 7,
    });
    vi.advanceTimersByTime(5_000);
    counted = true;
    vi.advanceTimersByTime(3_000);
    fresh = false;
    vi.advanceTimersByTime(2_000);
    stop();
    vi.advanceTimersByTime(9_000);
    const page = await metrics.registry.metrics();
    expect(page).toContain('bvar_slo_events_total{slo="feed-availability",outcome="good"} 3');
    expect(page).toContain('bvar_slo_events_total{slo="feed-availability",outcome="bad"} 2');
    expect(page).toContain('bvar_e2b_sandboxes{state="unhealthy"} 1');
    expect(page).toContain('bvar_worker_queue_tasks 7');
  });
});
