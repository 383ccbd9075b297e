import { describe, expect, it } from 'vitest';
import { historyRisk } from '#domain/measure/history-risk.ts';
import { LEAST_STRESSED_RUNS, stressedRisk } from '#domain/measure/stressed-risk.ts';
import { createRandom } from '#math/random.ts';
import fc from '../../support/seeded-check.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

/** Two symbols: the first is wild in [300, 600), the second, which moves against it, in [900, 1200). */
function past(exposures: number[], length = 1500, intervalMs = DAY) {
  const random = createRandom(12);
  return {
    length,
    intervalMs,
    openTimeMs: Array.from({ length }, (_, t) => (10_000 + t) * intervalMs),
    logReturns: Float64Array.from({ length: 2 * length }, (_, at) => {
      const t = at >> 1;
      const wild = at % 2 === 0 ? t >= 300 && t < 600 : t >= 900 && t < 1200;
      return (wild ? 0.05 : 0.01) * random.normal();
    }),
    exposures: Float64Array.from(exposures),
  };
}
const startOf = (one: ReturnType<typeof past>, ms: number) => Math.round(ms / one.intervalMs) - 10_000;

describe('stressed risk', () => {
  it('is read from the worst year of this very book: another book, another year', () => {
    const [first, second] = [past([100, 0]), past([0, -100])];
    const one = stressedRisk(first, 1, [0.99], 0.9)!;
    const other = stressedRisk(second, 1, [0.99], 0.9)!;
    expect(one.window).toMatchObject({ runs: 365, spansYear: true, historyStartMs: 10_000 * DAY });
    expect(one.window.endMs - one.window.startMs).toBe(365 * DAY);
    // Nine tenths of the wild 300 days and more lie in the window.
    expect(Math.abs(startOf(first, one.window.startMs) - 267)).toBeLessThan(33 + 30 + 1);
    expect(Math.abs(startOf(second, other.window.startMs) - 867)).toBeLessThan(33 + 30 + 1);
    const calm = historyRisk('hist', first, 1, 0.99, 0.9)!.var.estimate;
    expect(one.levels[0]!.var.estimate).toBeGreaterThan(1.2 * calm);
  });

  it('no other window of that length has a larger shortfall, and the level is its historical simulation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 1, max: 12 }), (seed, steps) => {
        const random = createRandom(seed);
        const length = 500;
        const one = {
          ...past([random.normal(), random.normal()], length),
          // Few distinct values: ties must not upset the window's order.
          logReturns: Float64Array.from({ length: 2 * length }, () => Math.round(4 * random.normal()) / 50),
        };
        const { window, levels } = stressedRisk(one, steps, [0.975], 0.9)!;
        const read = (from: number) =>
          historyRisk(
            'hist',
            {
              length: window.runs + steps - 1,
              logReturns: one.logReturns.subarray(2 * from, 2 * (from + window.runs + steps - 1)),
              exposures: one.exposures,
            },
            steps,
            0.975,
            0.9,
          )!;
        const chosen = startOf(one, window.startMs);
        const runs = length - steps + 1;
        for (let from = 0; from + window.runs <= runs; from++)
          expect(read(from).es.estimate).toBeLessThanOrEqual(levels[0]!.es.estimate + 1e-9);
        expect(levels[0]!.var.estimate).toBeCloseTo(read(chosen).var.estimate, 9);
      }),
      { numRuns: 15 },
    );
  });

  it('where less than a year is kept, half of what there is is the window, and that is said', () => {
    const one = stressedRisk(past([1, 1], 2000, HOUR), 1, [0.95, 0.99], 0.9)!;
    expect(one.window).toMatchObject({ runs: 1000, spansYear: false });
    expect(one.levels[1]!.var.estimate).toBeGreaterThanOrEqual(one.levels[0]!.var.estimate);
  });

  it('runs do not cross a gap', () => {
    const one = past([100, 0], 600);
    const holed = { ...one, openTimeMs: one.openTimeMs.map((time, t) => (t < 300 ? time : time + DAY)) };
    expect(stressedRisk(one, 10, [0.99], 0.9)!.window.runs).toBe(365);
    expect(stressedRisk({ ...holed, length: 600 }, 301, [0.99], 0.9)).toBeUndefined();
  });

  it('refuses to read a tail from too little', () => {
    expect(stressedRisk(past([1, 1], LEAST_STRESSED_RUNS - 1), 1, [0.99], 0.9)).toBeUndefined();
    expect(stressedRisk(past([1, 1], LEAST_STRESSED_RUNS), 1, [0.99], 0.9)).toBeDefined();
  });
});
