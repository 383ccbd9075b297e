import { describe, expect, it } from 'vitest';
import { DEFAULT_GARCH, garchT } from '#exchange/law/garch-t.ts';
import type { ProcessFactory } from '#exchange/law/return-process.ts';
import { stochasticVolatility } from '#exchange/law/stochastic-volatility.ts';
import { probabilityOf, quantileOf } from '#exchange/law/true-quantile.ts';
import { type BarNode, DAY_MS, HOUR_MS, MINUTE_MS } from '#exchange/market/bar-node.ts';
import { createInstrument } from '#exchange/market/instrument.ts';
import { RootPath } from '#exchange/market/root-path.ts';

const LISTED_MS = Date.UTC(2020, 0, 1);
const BARS = 20_000;

function pathOf(law: ProcessFactory, symbol: string, rootIntervalMs: number): RootPath {
  const instrument = createInstrument(symbol);
  return new RootPath({
    seed: 3,
    instrument,
    process: law(instrument),
    rootIntervalMs,
    listedMs: LISTED_MS,
    tradesPerSecond: 5,
  });
}

function garchPath(symbol: string, rootIntervalMs = 5 * MINUTE_MS): RootPath {
  return pathOf(garchT(3, rootIntervalMs, DEFAULT_GARCH), symbol, rootIntervalMs);
}

function volatilityPath(symbol: string): RootPath {
  return pathOf(stochasticVolatility(3, HOUR_MS), symbol, HOUR_MS);
}

function returnsOf(path: RootPath, count = BARS): number[] {
  path.extendTo(LISTED_MS + (count - 0.5) * path.rootIntervalMs);
  return barsOf(path).map((bar) => Math.log(bar.close / bar.open));
}

function barsOf(path: RootPath): BarNode[] {
  return Array.from({ length: path.roots.length }, (_, i) => path.roots.at(i)!);
}

function pitsOf(path: RootPath): number[] {
  return returnsOf(path).map((r, i) => probabilityOf(path.lawAt(LISTED_MS + i * path.rootIntervalMs)!, r));
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]) => x.reduce((sum, v) => sum + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const cross = mean(a.map((v, i) => (v - ma) * (b[i]! - mb)));
  return cross / Math.sqrt(mean(a.map((v) => (v - ma) ** 2)) * mean(b.map((v) => (v - mb) ** 2)));
}

describe('the known law', () => {
  it('published returns are uniform under it', () => {
    const pits = pitsOf(garchPath('BTCUSDT')).sort((a, b) => a - b);
    const distance = Math.max(...pits.map((u, i) => Math.abs(u - (i + 0.5) / pits.length)));
    // Kolmogorov's 99.9 % bound
    expect(distance).toBeLessThan(1.95 / Math.sqrt(pits.length));
  });

  it('exceedances of its quantiles come at their rate and do not cluster', () => {
    const path = garchPath('ETHUSDT');
    const returns = returnsOf(path);
    for (const probability of [0.01, 0.025, 0.05]) {
      const hits = returns.map((r, i) =>
        r <= quantileOf(path.lawAt(LISTED_MS + i * path.rootIntervalMs)!, probability) ? 1 : 0,
      );
      const rate = hits.reduce<number>((sum, hit) => sum + hit, 0) / hits.length;
      expect(Math.abs(rate - probability)).toBeLessThan(
        3.3 * Math.sqrt((probability * (1 - probability)) / hits.length),
      );
      expect(Math.abs(correlation(hits.slice(1), hits.slice(0, -1)))).toBeLessThan(
        3.3 / Math.sqrt(hits.length),
      );
    }
  });

  it('a regime multiplies the scale from the next bar on and keeps the law true', () => {
    const path = garchPath('BTCUSDT');
    path.extendTo(LISTED_MS + 999.5 * path.rootIntervalMs);
    const nextMs = LISTED_MS + path.roots.length * path.rootIntervalMs;
    const before = path.lawAt(nextMs)!.scale;
    path.setRegime(4);
    expect(path.lawAt(nextMs)!.scale).toBeCloseTo(4 * before, 12);
    const pits = pitsOf(path).slice(1000);
    const tails = pits.filter((u) => u < 0.05).length / pits.length;
    expect(Math.abs(tails - 0.05)).toBeLessThan(3.3 * Math.sqrt((0.05 * 0.95) / pits.length));
  });

  it('says nothing about bars that do not exist or are not yet due', () => {
    const path = garchPath('BTCUSDT');
    path.extendTo(LISTED_MS);
    expect(path.lawAt(LISTED_MS + 1)).toBeUndefined();
    expect(path.lawAt(LISTED_MS + 50 * path.rootIntervalMs)).toBeUndefined();
    expect(path.lawAt(LISTED_MS + path.rootIntervalMs)).toBeDefined();
  });

  it('refuses parameters without a variance', () => {
    expect(() => garchT(1, HOUR_MS, { ...DEFAULT_GARCH, beta: 0.97 })).toThrow(/stationary/);
    expect(() => garchT(1, HOUR_MS, { ...DEFAULT_GARCH, degrees: 2 })).toThrow(/degrees/);
  });
});

describe('the default law', () => {
  it('has the marks of a crypto market: fat tails, clustered volatility, leverage, common moves', () => {
    const btc = returnsOf(volatilityPath('BTCUSDT'), 40_000);
    const eth = returnsOf(volatilityPath('ETHUSDT'), 40_000);
    const squares = btc.map((r) => r * r);
    const variance = squares.reduce((sum, v) => sum + v, 0) / btc.length;
    const kurtosis = squares.reduce((sum, v) => sum + v * v, 0) / btc.length / variance ** 2;
    expect(Math.sqrt(variance * 24)).toBeGreaterThan(0.018);
    expect(Math.sqrt(variance * 24)).toBeLessThan(0.04);
    expect(kurtosis).toBeGreaterThan(5);
    const sizes = btc.map(Math.abs);
    expect(correlation(sizes.slice(24), sizes.slice(0, -24))).toBeGreaterThan(0.1);
    const nextDay = sizes.slice(1);
    expect(correlation(btc.slice(0, -1), nextDay)).toBeLessThan(0);
    expect(correlation(btc, eth)).toBeGreaterThan(0.5);
    expect(correlation(btc, eth)).toBeLessThan(0.9);
  });

  it('stays near the listing price over years', () => {
    const path = volatilityPath('SOLUSDT');
    path.extendTo(LISTED_MS + 6 * 365 * DAY_MS);
    const closes = barsOf(path).map((bar) => bar.close / 100 / createInstrument('SOLUSDT').listingPrice);
    expect(Math.min(...closes)).toBeGreaterThan(0.02);
    expect(Math.max(...closes)).toBeLessThan(50);
  });

  it('draws the same past whenever it is asked', () => {
    const once = volatilityPath('BTCUSDT');
    const steps = volatilityPath('BTCUSDT');
    once.extendTo(LISTED_MS + 500 * HOUR_MS);
    for (let hour = 0; hour <= 500; hour += 7) steps.extendTo(LISTED_MS + hour * HOUR_MS);
    steps.extendTo(LISTED_MS + 500 * HOUR_MS);
    expect(barsOf(steps)).toEqual(barsOf(once));
  });
});
