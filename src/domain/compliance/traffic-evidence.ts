/**
 * Evidence of error rate, response time and availability, from counts over the rule's window.
 * The latency counts are cumulative histogram buckets with an edge at the target, so the verdict is exact and
 * only the printed percentile between edges is interpolated.
 */
import type { Evidence } from './evaluate.ts';

/** Counts within the window. */
export interface TrafficCounts {
  readonly calculations: number;
  /** Calculations that failed in the service; a caller's own mistake is not one. */
  readonly failedCalculations: number;
  readonly requests: number;
  /** Requests answered with a server error. */
  readonly failedRequests: number;
  /** Answered requests by time: cumulative counts at rising edges, the last edge Infinity. Seconds. */
  readonly latency: readonly { readonly edge: number; readonly count: number }[];
}

export function errorRateEvidence(counts: TrafficCounts, nowMs: number): Evidence {
  const { calculations, failedCalculations } = counts;
  return ratio(failedCalculations, calculations, nowMs, { calculations, failedCalculations });
}

export function availabilityEvidence(counts: TrafficCounts, nowMs: number): Evidence {
  const { requests, failedRequests } = counts;
  return ratio(requests - failedRequests, requests, nowMs, { requests, failedRequests });
}

function ratio(part: number, whole: number, atMs: number, facts: Evidence['facts']): Evidence {
  return { measured: whole > 0 ? part / whole : undefined, atMs, samples: whole, objections: [], facts };
}

export function responseTimeEvidence(counts: TrafficCounts, nowMs: number): Evidence {
  const requests = counts.latency.at(-1)?.count ?? 0;
  const p99 = percentile(counts.latency, 0.99);
  return { measured: p99, atMs: nowMs, samples: requests, objections: [], facts: { requests } };
}

/** Linear within the bucket; a percentile beyond the last finite edge is given as Infinity's lower neighbour. */
export function percentile(buckets: TrafficCounts['latency'], share: number): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const wanted = share * total;
  let lower = 0;
  let below = 0;
  for (const { edge, count } of buckets) {
    if (count >= wanted) {
      if (edge === Number.POSITIVE_INFINITY) return lower * 2;
      return count === below ? edge : lower + ((edge - lower) * (wanted - below)) / (count - below);
    }
    lower = edge;
    below = count;
  }
  return undefined;
}
