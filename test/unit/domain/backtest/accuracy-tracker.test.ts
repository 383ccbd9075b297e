import { describe, expect, it } from 'vitest';
import {
  createAccuracyTracker,
  type ScoredForecast,
} from '../../../../src/domain/backtest/accuracy-tracker.ts';
import { createRandom } from '../../../../src/math/random.ts';
import { normalCdf, normalPdf, normalQuantile } from '../../../../src/math/special-functions.ts';

const CONFIDENCES = [0.95, 0.975, 0.99];
const VAR = CONFIDENCES.map((c) => -normalQuantile(1 - c));
const ES = CONFIDENCES.map((c, i) => normalPdf(VAR[i]!) / (1 - c));

function forecasts(count: number, seed: number, scale = 1): ScoredForecast[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const outcome = scale * random.normal();
    return { pit: normalCdf(outcome), outcome, valueAtRisk: VAR, expectedShortfall: ES };
  });
}

describe('accuracy tracker', () => {
  it('a correct forecaster meets the bar, with its figure and band', () => {
    const tracker = createAccuracyTracker({ capacity: 2000 });
    for (const forecast of forecasts(2000, 31)) tracker.observe(forecast);
    const summary = tracker.summary();
    expect(summary.verdict).toEqual({ met: true, reasons: [] });
    expect(summary.calibration!.accuracy).toBeGreaterThan(96);
    expect(summary.levels.map(({ confidence }) => confidence)).toEqual(CONFIDENCES);
  });

  it('a volatility a third too low misses it and says which tests', () => {
    const tracker = createAccuracyTracker({ capacity: 2000 });
    for (const forecast of forecasts(2000, 32, 1.5)) tracker.observe(forecast);
    const { verdict } = tracker.summary();
    expect(verdict.met).toBe(false);
    expect(verdict.reasons.join('; ')).toMatch(/binomial at 0\.95 rejects.*e-process of VaR at 0\.99/);
  });

  it('too few forecasts are not called accurate', () => {
    const tracker = createAccuracyTracker({ capacity: 2000 });
    for (const forecast of forecasts(100, 33)) tracker.observe(forecast);
    expect(tracker.summary().verdict.reasons).toContain('too few forecasts for an accuracy figure');
    expect(createAccuracyTracker({ capacity: 10 }).summary().verdict.met).toBe(false);
  });

  it('the ring keeps the newest, in order, and wealth runs on over all', () => {
    const all = forecasts(700, 34);
    const long = createAccuracyTracker({ capacity: 300 });
    const fresh = createAccuracyTracker({ capacity: 300 });
    for (const forecast of all) long.observe(forecast);
    for (const forecast of all.slice(400)) fresh.observe(forecast);
    const { total, lifetime, ...rest } = long.summary();
    const { total: freshTotal, lifetime: freshLifetime, ...freshRest } = fresh.summary();
    expect(rest).toEqual(freshRest);
    expect([total, freshTotal]).toEqual([700, 300]);
    expect(lifetime).not.toEqual(freshLifetime);
  });

  it('a state that went through JSON continues as if it had not', () => {
    const all = forecasts(400, 35);
    const whole = createAccuracyTracker({ capacity: 250 });
    const first = createAccuracyTracker({ capacity: 250 });
    for (const forecast of all) whole.observe(forecast);
    for (const forecast of all.slice(0, 180)) first.observe(forecast);
    const second = createAccuracyTracker({ capacity: 1, restore: JSON.parse(JSON.stringify(first.state)) });
    for (const forecast of all.slice(180)) second.observe(forecast);
    expect(second.summary()).toEqual(whole.summary());
  });

  it('a forecast that is not finite or has its ES below its VaR is refused', () => {
    const tracker = createAccuracyTracker({ capacity: 10, confidences: [0.99] });
    const good = { pit: 0.5, outcome: 0, valueAtRisk: [2], expectedShortfall: [3] };
    expect(() => tracker.observe({ ...good, pit: Number.NaN })).toThrow(/not finite/);
    expect(() => tracker.observe({ ...good, expectedShortfall: [1] })).toThrow(/above the VaR/);
    expect(() => tracker.observe({ ...good, valueAtRisk: [2, 3] })).toThrow(/at 1 levels/);
    expect(tracker.state.total).toBe(0);
  });
});
