/** Observation series for tests, from bare returns or from a seeded random walk with clustered volatility. */
import type { ObservationSeries } from '../../src/domain/posterior/observation.ts';
import { createRandom } from '../../src/math/random.ts';

const HOUR_MS = 3_600_000;

export function seriesOf(returns: Float64Array, intervalMs = HOUR_MS): ObservationSeries {
  return {
    intervalMs,
    length: returns.length,
    openTimeMs: returns.map((_, t) => t * intervalMs),
    logReturn: returns,
    realisedVariance: new Float64Array(returns.length).fill(Number.NaN),
    elapsedBars: new Float64Array(returns.length).fill(1),
  };
}

/** Returns whose volatility moves slowly between half and twice its level. */
export function clusteredReturns(count: number, seed: number): Float64Array {
  const random = createRandom(seed);
  let level = 0;
  return Float64Array.from({ length: count }, () => {
    level = 0.97 * level + 0.15 * random.normal();
    return 0.006 * Math.exp(level / 2) * random.normal();
  });
}

/** A CSV of hourly closes whose log returns are those given. */
export function closesCsv(returns: Float64Array, startMs = 1_600_000_000_000): string {
  let price = 100;
  const lines = [`${startMs},${price}`];
  returns.forEach((value, t) => {
    price *= Math.exp(value);
    lines.push(`${startMs + (t + 1) * HOUR_MS},${price}`);
  });
  return `open_time_ms,close\n${lines.join('\n')}\n`;
}
