/**
 * Forecasts against a truth: the embedded exchange's GARCH-t market, whose law of every five-minute return is
 * known. The posterior walks forward over the exchange's klines and says the VaR of each bar before it is
 * shown to it; a long-short book of three symbols does the same through the valuation cycle, threads and all.
 *
 * Bounds: hits of a right forecast are binomial, so each count must lie within the exact two-sided 99 % bounds.
 * A fit sees 2,400 bars. The shocks' kurtosis is 9 at 5 degrees of freedom, so an unconditional scale alone
 * is known to sqrt((9 - 1) / (4 * 2400)) = 3 %; degrees of freedom, news and a daily season that the model
 * must find to be absent make a 1 % quantile about three times as uncertain. A mean distance from the truth
 * below 10 % is what this sample can give; a wrong model is further off: a constant VaR at the sample's own
 * quantile misses by more than 15 % on the same bars, which is asserted too.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { binomialCumulative } from '#domain/backtest/bernoulli.ts';
import { createPosteriorForecaster } from '#domain/backtest/posterior-forecaster.ts';
import { forecastBlock, rowWidth, type WalkForwardPlan } from '#domain/backtest/walk-forward.ts';
import type { Bar } from '#domain/market/bar.ts';
import type { Position } from '#domain/portfolio/position.ts';
import { observationsFromBars } from '#domain/posterior/observations-from-bars.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import { createValuationCycle } from '#engine/valuation-cycle.ts';
import { createExchange, type Exchange } from '#exchange/exchange.ts';
import { findInterval } from '#exchange/market/kline-interval.ts';

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
const WIDTH_MS = 300_000;
const FIT_BARS = 2_400;
const REFIT_BARS = 288;
const FORECASTS = 3_200;
const BOOK_FORECASTS = 600;
const PROBABILITIES = [0.01, 0.025, 0.05];
const START_MS = Date.UTC(2026, 5, 1);
const END_MS = START_MS + FORECASTS * WIDTH_MS;
const BOOK: readonly Position[] = [
  { symbol: 'BTCUSDT', notional: 10_000 },
  { symbol: 'ETHUSDT', notional: -6_000 },
  { symbol: 'SOLUSDT', notional: 4_000 },
];

let exchange: Exchange;

/** One bar more than the fit needs, for the first return. */
function barsOf(symbolIndex: number): Bar[] {
  const range = { startMs: START_MS - (FIT_BARS + 1) * WIDTH_MS, endMs: END_MS - 1 };
  const count = FIT_BARS + 1 + FORECASTS;
  const klines = exchange.market.klines(symbolIndex, findInterval('5m')!, range, count, END_MS * 1_000);
  expect(klines).toHaveLength(count);
  return klines.map(({ openMs, open, high, low, close, volume, trades }) => ({
    openTimeMs: openMs,
    intervalMs: WIDTH_MS,
    open,
    high,
    low,
    close,
    volume,
    trades,
    realisedVariance: Number.NaN,
    complete: true,
  }));
}

/** Smallest and largest number of hits that the exact two-sided test at 1 % does not reject. */
function exactBounds(trials: number, probability: number): readonly [number, number] {
  let low = 0;
  while (binomialCumulative(low, trials, probability) < 0.005) low++;
  let high = low;
  while (1 - binomialCumulative(high, trials, probability) > 0.005) high++;
  return [low, high];
}

function expectCovered(name: string, hits: readonly number[], trials: number): void {
  const bounds = PROBABILITIES.map((probability) => exactBounds(trials, probability));
  process.stdout.write(`${name}: hits ${hits.join(', ')} of ${trials}, bounds ${bounds.join(' | ')}\n`);
  hits.forEach((count, level) => {
    expect(count, `at ${PROBABILITIES[level]}`).toBeGreaterThanOrEqual(bounds[level]![0]);
    expect(count, `at ${PROBABILITIES[level]}`).toBeLessThanOrEqual(bounds[level]![1]);
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const countHits = (exceeds: (level: number, t: number) => boolean, trials: number) =>
  PROBABILITIES.map(
    (_, level) => Array.from({ length: trials }, (_, t) => exceeds(level, t)).filter(Boolean).length,
  );

beforeAll(async () => {
  exchange = await createExchange({
    symbols: SYMBOLS,
    law: { kind: 'garch-t' },
    rootIntervalMs: WIDTH_MS,
    startMs: END_MS,
    listedMs: START_MS - 7 * 86_400_000 - FIT_BARS * WIDTH_MS,
  });
});
afterAll(() => exchange.close());

describe('a market whose law is known', () => {
  it('one asset: hits lie within the exact 99 % bounds, and VaR is near the true VaR', () => {
    const series = observationsFromBars(barsOf(0));
    const first = series.length - FORECASTS;
    const plan: WalkForwardPlan = {
      first,
      end: series.length,
      window: FIT_BARS,
      refit: REFIT_BARS,
      probabilities: PROBABILITIES,
      simple: false,
    };
    const posterior = createAssetPosterior({ intervalMs: WIDTH_MS, particles: 512, seed: 1 });
    const forecaster = createPosteriorForecaster(posterior);
    const rows = forecastBlock(forecaster, series, plan, { from: first, to: series.length });
    const width = rowWidth(PROBABILITIES.length, forecaster.members.length);
    const losses = Array.from({ length: FORECASTS }, (_, t) => -series.logReturn[first + t]!);
    const truth = PROBABILITIES.map((probability) =>
      losses.map((_, t) => -exchange.trueQuantile('BTCUSDT', series.openTimeMs[first + t]!, probability)!),
    );
    expectCovered(
      'BTCUSDT',
      countHits((level, t) => losses[t]! > rows[t * width + level]!, FORECASTS),
      FORECASTS,
    );
    const known = Array.from(series.logReturn.subarray(0, first), (value) => -value).sort((a, b) => b - a);
    PROBABILITIES.forEach((probability, level) => {
      const distance = mean(losses.map((_, t) => Math.abs(rows[t * width + level]! / truth[level]![t]! - 1)));
      const constant = known[Math.floor(probability * known.length)]!;
      const constantDistance = mean(truth[level]!.map((value) => Math.abs(constant / value - 1)));
      process.stdout.write(
        `at ${probability}: mean |VaR / true VaR - 1| ${distance.toFixed(4)}, constant ${constantDistance.toFixed(4)}\n`,
      );
      expect(distance).toBeLessThan(0.1);
      expect(constantDistance).toBeGreaterThan(0.15);
    });
  });

  it('a long-short book of three: hits of the joint answers lie within the exact 99 % bounds', async () => {
    const cycle = createValuationCycle({
      symbols: SYMBOLS,
      intervalsMs: [WIDTH_MS],
      horizonsMs: [WIDTH_MS],
      particles: 128,
      seed: 1,
      fitBars: FIT_BARS,
      currency: 'USDT',
      threads: 1,
      inferenceThreads: 1,
      now: () => END_MS,
    });
    try {
      const bars = SYMBOLS.map((_, symbolIndex) => barsOf(symbolIndex));
      const first = FIT_BARS + 1;
      bars.forEach((series, symbolIndex) => {
        cycle.loadHistory(symbolIndex, WIDTH_MS, series.slice(0, first));
      });
      await cycle.start();
      const forecasts: (readonly number[])[] = [];
      const losses: number[] = [];
      for (let t = first; t < first + BOOK_FORECASTS; t++) {
        const answer = await cycle.valueAtRisk(
          {
            positions: BOOK,
            confidences: PROBABILITIES.map((probability) => 1 - probability),
            horizonsMs: [WIDTH_MS],
            credibleMass: 0.9,
            contributions: false,
            method: 'bayes',
          },
          {
            prices: SYMBOLS.map(() => Number.NaN),
            quality: { status: 'fresh', maxAgeMs: 0, gaps: [], excluded: [], reasons: [] },
            provenance: 'synthetic',
          },
        );
        if (!answer.ok) throw new Error(answer.message);
        forecasts.push(answer.value.results.map((result) => result.var.estimate));
        losses.push(
          -BOOK.reduce(
            (sum, { notional }, index) =>
              sum + notional! * (bars[index]![t]!.close / bars[index]![t - 1]!.close - 1),
            0,
          ),
        );
        bars.forEach((series, symbolIndex) => {
          cycle.onBar(symbolIndex, series[t]!);
        });
        await cycle.idle();
      }
      expectCovered(
        'book',
        countHits((level, t) => losses[t]! > forecasts[t]![level]!, BOOK_FORECASTS),
        BOOK_FORECASTS,
      );
    } finally {
      await cycle.close();
    }
  });
});
