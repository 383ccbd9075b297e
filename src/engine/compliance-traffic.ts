/**
 * Counts of VaR traffic over a sliding window, from the service's own cumulative metrics: a snapshot now and
 * then, and the difference between the newest and the one that is just older than the window.
 * Flow: metrics registry -> snapshots -> here -> domain/compliance/traffic-evidence.ts
 * Units: windows in milliseconds, latencies in seconds. Memory is bounded: at most `slots` snapshots a window.
 */
import type { TrafficCounts } from '#domain/compliance/traffic-evidence.ts';
import type { Metrics } from '#telemetry/metrics.ts';

interface Snapshot extends TrafficCounts {
  readonly atMs: number;
}

const VAR_ROUTE = /\/(var|contributions|what-if|stress|check)(\/|$)/;
const FAILED_CALCULATION = new Set(['numerical', 'timeout', 'internal']);

export interface TrafficWindow {
  /** Counts since the window began, or since the start where that is later. */
  counts(nowMs: number): Promise<TrafficCounts>;
}

export function createTrafficWindow(metrics: Metrics, windowMs: number, slots = 60): TrafficWindow {
  const stepMs = windowMs / slots;
  let history: Snapshot[] = [];
  return {
    async counts(nowMs) {
      const now = await snapshot(metrics, nowMs);
      const last = history.at(-1);
      if (last === undefined) history.push(EMPTY(nowMs));
      else if (nowMs - last.atMs >= stepMs) history.push(now);
      const start = history.findLastIndex(({ atMs }) => nowMs - atMs >= windowMs);
      if (start > 0) history = history.slice(start);
      return difference(now, history[0] ?? now);
    },
  };
}

/** Before the first look nothing had been counted: the process began with this window. */
const EMPTY = (atMs: number): Snapshot => ({
  atMs,
  calculations: 0,
  failedCalculations: 0,
  requests: 0,
  failedRequests: 0,
  latency: [],
});

async function snapshot(metrics: Metrics, atMs: number): Promise<Snapshot> {
  const [calculations, requests, durations] = await Promise.all([
    metrics.varCalculations.get(),
    metrics.httpRequests.get(),
    metrics.httpDuration.get(),
  ]);
  const onVar = requests.values.filter(({ labels }) => VAR_ROUTE.test(String(labels.route)));
  const latency = new Map<number, number>();
  for (const { metricName, labels, value } of durations.values) {
    if (!metricName?.endsWith('_bucket') || !VAR_ROUTE.test(String(labels.route))) continue;
    const { le } = labels as { readonly le?: string | number };
    const edge = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    latency.set(edge, (latency.get(edge) ?? 0) + value);
  }
  return {
    atMs,
    calculations: sum(calculations.values.filter(({ labels }) => labels.result !== 'client')),
    failedCalculations: sum(
      calculations.values.filter(({ labels }) => FAILED_CALCULATION.has(String(labels.result))),
    ),
    requests: sum(onVar),
    failedRequests: sum(onVar.filter(({ labels }) => Number(labels.code) >= 500)),
    latency: [...latency].map(([edge, count]) => ({ edge, count })).sort((a, b) => a.edge - b.edge),
  };
}

function sum(values: readonly { readonly value: number }[]): number {
  return values.reduce((total, { value }) => total + value, 0);
}

function difference(now: Snapshot, then: Snapshot): TrafficCounts {
  const before = new Map(then.latency.map(({ edge, count }) => [edge, count]));
  return {
    calculations: now.calculations - then.calculations,
    failedCalculations: now.failedCalculations - then.failedCalculations,
    requests: now.requests - then.requests,
    failedRequests: now.failedRequests - then.failedRequests,
    latency: now.latency.map(({ edge, count }) => ({ edge, count: count - (before.get(edge) ?? 0) })),
  };
}
