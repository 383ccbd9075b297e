/**
 * A weighted token bucket per key, held as one number: the time at which the bucket would be full again.
 * Units: weight per second, milliseconds. Memory: `maxKeys` numbers; the longest unseen key goes first.
 * Source: generic cell rate algorithm, virtual scheduling form (ITU-T I.371).
 */
export interface RateLimiterOptions {
  readonly ratePerSecond: number;
  /** Weight that may come at once after a rest. */
  readonly burst: number;
  readonly maxKeys?: number;
  readonly now?: () => number;
}

export interface RateDecision {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetMs: number;
  /** Until this weight would be allowed; 0 where it was. */
  readonly retryMs: number;
}

export interface RateLimiter {
  readonly burst: number;
  readonly windowSeconds: number;
  take(key: string, weight: number): RateDecision;
}

export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { ratePerSecond, burst, maxKeys = 10_000, now = () => performance.now() } = options;
  const costMs = 1000 / ratePerSecond;
  const depthMs = burst * costMs;
  const fullAt = new Map<string, number>();

  return {
    burst,
    windowSeconds: Math.max(1, Math.round(burst / ratePerSecond)),
    take(key, weight) {
      const time = now();
      const before = Math.max(time, fullAt.get(key) ?? 0);
      const after = before + weight * costMs;
      const allowed = after - time <= depthMs;
      const full = allowed ? after : before;
      // Deleting first keeps the map in order of last use.
      fullAt.delete(key);
      if (fullAt.size >= maxKeys) fullAt.delete(fullAt.keys().next().value as string);
      fullAt.set(key, full);
      return {
        allowed,
        remaining: Math.max(0, Math.floor((depthMs - (full - time)) / costMs)),
        resetMs: full - time,
        retryMs: allowed ? 0 : after - time - depthMs,
      };
    },
  };
}
