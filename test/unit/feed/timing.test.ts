import { describe, expect, it } from 'vitest';
import { Backoff } from '../../../src/feed/binance/backoff.ts';
import { Pacer } from '../../../src/feed/binance/pacer.ts';
import { rotationAgeMs, takenOver } from '../../../src/feed/binance/rotation.ts';
import { StreamWatch } from '../../../src/feed/binance/stream-watch.ts';
import { WeightBudget } from '../../../src/feed/binance/weight-budget.ts';
import fc from '../../support/seeded-check.ts';

const HOUR = 3_600_000;
const never = new AbortController().signal;

describe('backoff', () => {
  it('doubles to its cap with full jitter, and starts over after a healthy minute only', () => {
    const limits = { firstMs: 500, capMs: 30_000, resetAfterMs: 60_000 };
    const backoff = new Backoff(limits, () => 1);
    expect([0, 0, 0, 0, 0, 0, 0, 0].map((healthy) => backoff.next(healthy))).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
    ]);
    expect(backoff.next(59_999)).toBe(30_000);
    expect(backoff.next(60_000)).toBe(500);
    const jittered = new Backoff(limits, () => 0.25);
    expect([jittered.next(0), jittered.next(0)]).toEqual([125, 250]);
  });
});

describe('rotation', () => {
  const window = { earliestMs: 20 * HOUR, latestMs: 23 * HOUR, quietHourUtc: undefined };

  it('falls between 20 and 23 hours, spread by chance', () => {
    expect(rotationAgeMs(0, window, () => 0)).toBe(20 * HOUR);
    expect(rotationAgeMs(0, window, () => 1)).toBe(23 * HOUR);
  });

  it('prefers the quiet hour, and never outlives the window for it', () => {
    fc.assert(
      fc.property(
        fc.nat(1e9),
        fc.nat(23),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (seconds, quietHourUtc, chance) => {
          const openedMs = seconds * 1000;
          const age = rotationAgeMs(openedMs, { ...window, quietHourUtc }, () => chance);
          expect(age).toBeGreaterThanOrEqual(HOUR);
          expect(age).toBeLessThanOrEqual(23 * HOUR);
          const hour = Math.floor(((openedMs + age) % (24 * HOUR)) / HOUR);
          if (age < 20 * HOUR) expect(hour).toBe(quietHourUtc);
        },
      ),
    );
  });

  it('has taken over only when every stream follows without a hole', () => {
    const delivered = (at: number) => [10, 20][at] as number;
    expect(takenOver(Float64Array.of(11, 15), delivered)).toBe(true);
    expect(takenOver(Float64Array.of(12, 15), delivered)).toBe(false);
    expect(takenOver(Float64Array.of(11, Number.NaN), delivered)).toBe(false);
    expect(takenOver(Float64Array.of(1), () => Number.NaN)).toBe(false);
  });
});

describe('the watch over one stream', () => {
  const limits = { floorMs: 10_000, ceilingMs: 300_000 };

  it('allows a busy stream the floor and a slow one its own pace', () => {
    const busy = new StreamWatch(limits, 0);
    for (let ms = 100; ms <= 10_000; ms += 100) busy.event(ms);
    expect([busy.overdue(19_999), busy.overdue(20_000)]).toEqual([false, true]);
    const slow = new StreamWatch(limits, 0);
    for (let ms = 5000; ms <= 100_000; ms += 5000) slow.event(ms);
    expect([slow.overdue(199_999), slow.overdue(200_000)]).toEqual([false, true]);
  });

  it('asks once a limit, not at every look, and starts anew with each event or link', () => {
    const watch = new StreamWatch(limits, 0);
    for (let ms = 100; ms <= 10_000; ms += 100) watch.event(ms);
    expect([watch.overdue(21_000), watch.overdue(22_000), watch.overdue(31_000)]).toEqual([
      true,
      false,
      true,
    ]);
    watch.restart(40_000);
    expect(watch.overdue(45_000)).toBe(false);
  });

  it('a stream that never spoke is given the ceiling', () => {
    const watch = new StreamWatch(limits, 0);
    expect([watch.overdue(299_999), watch.overdue(300_000)]).toEqual([false, true]);
  });
});

describe('pacing', () => {
  it('lets one through at a time, the gap apart', async () => {
    const pacer = new Pacer(20, { nowMs: () => performance.now() });
    const start = performance.now();
    await Promise.all([1, 2, 3, 4].map(() => pacer.turn(never)));
    expect(performance.now() - start).toBeGreaterThanOrEqual(58);
  });

  it('gives way at once when the feed closes', async () => {
    const closing = new AbortController();
    const pacer = new Pacer(60_000, { nowMs: () => performance.now() });
    await pacer.turn(closing.signal);
    const waiting = pacer.turn(closing.signal);
    closing.abort();
    await waiting;
  });
});

describe('the weight budget', () => {
  it('spends a burst of a fifth at once, then no faster than it refills', async () => {
    let nowMs = 0;
    const budget = new WeightBudget(6000, { nowMs: () => nowMs });
    for (let spent = 0; spent < 1200; spent += 100) await budget.take(100, never);
    let through = false;
    const waiting = budget.take(60, never).then(() => {
      through = true;
    });
    await Promise.resolve();
    expect(through).toBe(false);
    nowMs = 1001;
    await waiting;
    expect(through).toBe(true);
  });

  it('counts what the exchange counted, for this minute only', () => {
    let nowMs = 30_000;
    const budget = new WeightBudget(6000, { nowMs: () => nowMs });
    budget.observe(4321);
    expect(budget.used).toBe(4321);
    nowMs = 60_000;
    expect(budget.used).toBe(0);
    budget.observe(Number.NaN);
    expect(budget.used).toBe(0);
  });
});
