/**
 * Bars of a seeded market whose law is known: correlated GARCH returns with Student-t shocks, and a range and
 * realised variance that agree with the variance of the bar. For tests of valuation.
 */
import type { Bar } from '../../src/domain/market/bar.ts';
import { createRandom } from '../../src/math/random.ts';
import { drawChiSquare } from '../../src/math/sampling.ts';

export interface SyntheticMarketOptions {
  readonly seed: number;
  readonly symbols: number;
  readonly bars: number;
  readonly intervalMs: number;
  /** Open time of the first bar. */
  readonly startMs: number;
  /** Standard deviation of a bar's log return. */
  readonly volatility?: number;
  readonly correlation?: number;
  readonly nu?: number;
  /** Share of a shock that the next bar's variance keeps; 0 makes returns independent. */
  readonly news?: number;
  readonly persistence?: number;
}

/** bars[symbol][t], oldest first. */
export function syntheticBars(options: SyntheticMarketOptions): Bar[][] {
  const { seed, symbols, bars, intervalMs, startMs } = options;
  const { volatility = 0.006, correlation = 0.6, nu = 5, news = 0.06, persistence = 0.97 } = options;
  const random = createRandom(seed, 0xba5);
  const unconditional = volatility * volatility;
  const variance = new Float64Array(symbols).fill(unconditional);
  const price = Float64Array.from({ length: symbols }, (_, a) => 100 * (a + 1));
  const made: Bar[][] = Array.from({ length: symbols }, () => []);
  for (let t = 0; t < bars; t++) {
    const common = random.normal();
    const mixing = Math.sqrt((nu - 2) / drawChiSquare(random, nu));
    for (let a = 0; a < symbols; a++) {
      const shock = (Math.sqrt(correlation) * common + Math.sqrt(1 - correlation) * random.normal()) * mixing;
      const logReturn = Math.sqrt(variance[a]!) * shock;
      const open = price[a]!;
      const close = open * Math.exp(logReturn);
      const reach = 0.4 * Math.sqrt(variance[a]!) * (0.5 + random.uniform());
      made[a]!.push({
        openTimeMs: startMs + t * intervalMs,
        intervalMs,
        open,
        high: Math.max(open, close) * Math.exp(reach),
        low: Math.min(open, close) * Math.exp(-reach),
        close,
        volume: 10,
        trades: 50,
        realisedVariance: (variance[a]! + logReturn * logReturn) / 2,
        complete: true,
      });
      price[a] = close;
      variance[a] =
        unconditional * (1 - persistence) +
        news * logReturn * logReturn +
        (persistence - news) * variance[a]!;
    }
  }
  return made;
}
