import { describe, expect, it } from 'vitest';
import { type BacktestPlan, runBlock } from '../../../../src/domain/backtest/backtest-plan.ts';
import { compareForecasters } from '../../../../src/domain/backtest/comparison.ts';
import { joinBlocks, trackFromRows, weightPaths } from '../../../../src/domain/backtest/forecast-rows.ts';
import type { Forecaster } from '../../../../src/domain/backtest/forecaster.ts';
import { blocksOf, forecastBlock } from '../../../../src/domain/backtest/walk-forward.ts';
import type { ObservationSeries } from '../../../../src/domain/posterior/observation.ts';
import { createAssetPosterior } from '../../../../src/domain/posterior/pool-posterior.ts';
import { clusteredReturns, seriesOf } from '../../../support/return-series.ts';
import fc from '../../../support/seeded-check.ts';

const PLAN: BacktestPlan = {
  first: 300,
  end: 420,
  window: 250,
  refit: 40,
  probabilities: [0.05, 0.01],
  simple: false,
  posterior: { intervalMs: 3_600_000, particles: 32, seed: 7 },
  peers: true,
  members: false,
};

function runAll(series: ObservationSeries, plan = PLAN): Map<string, Float64Array> {
  const blocks = blocksOf(plan).map((block) => runBlock(createAssetPosterior, series, plan, block));
  return new Map(
    blocks[0]!.map(({ name }, at) => [name, joinBlocks(blocks.map((results) => results[at]!.rows))]),
  );
}

/** Forecasts the last thing it saw, so a leak of the outcome shows in the numbers. */
function parrot(): Forecaster & { seen: number } {
  const self = {
    name: 'parrot',
    members: [],
    carries: false,
    seen: 0,
    fit: ({ logReturn }: ObservationSeries) => {
      self.seen = logReturn.at(-1)!;
    },
    observe: ({ logReturn }: { logReturn: number }) => {
      self.seen = logReturn;
    },
    tail: (_: readonly number[], quantile: Float64Array, mean: Float64Array) => {
      quantile.fill(self.seen);
      mean.fill(self.seen - 1);
    },
    expTailMean: () => 0,
    cdf: () => 0.5,
    logDensity: () => undefined,
    weights: () => {},
  };
  return self;
}

describe('blocks', () => {
  it('cover the range once, in order, in whole fits', () => {
    const range = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(fc.nat(500), range, fc.integer({ min: 1, max: 120 }), (first, count, refit) => {
        const blocks = blocksOf({ ...PLAN, first, end: first + count, refit });
        expect(blocks[0]!.from).toBe(first);
        expect(blocks.at(-1)!.to).toBe(first + count);
        blocks.forEach(({ from, to }, index) => {
          if (index > 0) expect(from).toBe(blocks[index - 1]!.to);
          if (index < blocks.length - 1) expect((to - from) % refit).toBe(0);
        });
      }),
    );
  });
});

describe('walk-forward', () => {
  it('a forecast is made from the observation before its outcome', () => {
    const series = seriesOf(Float64Array.from({ length: 50 }, (_, t) => t + 1));
    const plan = { ...PLAN, first: 20, end: 50, refit: 10, probabilities: [0.01] };
    const rows = joinBlocks(blocksOf(plan).map((block) => forecastBlock(parrot(), series, plan, block)));
    const { levels, outcome } = trackFromRows(
      { name: 'parrot', members: [], confidences: [0.99], rows },
      series.logReturn.slice(20),
    );
    expect([...levels[0]!.valueAtRisk].map((value) => -value + 1)).toEqual([...outcome]);
  });

  it('changing the future changes no earlier row, byte for byte', () => {
    const returns = clusteredReturns(420, 3);
    const changed = returns.map((value, t) => (t >= 375 ? 10 * value + 0.01 : value));
    const [before, after] = [runAll(seriesOf(returns)), runAll(seriesOf(changed))];
    for (const [name, rows] of before) {
      const width = rows.length / 120;
      // Row 375 holds the changed outcome in its PIT and log score; its VaR and ES are still those of before.
      const same = 75 * width + 4;
      expect(after.get(name)!.slice(0, same), name).toEqual(rows.slice(0, same));
      expect(after.get(name)!.slice(same), name).not.toEqual(rows.slice(same));
    }
  });

  it('blocks computed in reverse give the same bytes', () => {
    const plan = { ...PLAN, refit: 15 };
    const series = seriesOf(clusteredReturns(420, 4));
    const whole = runAll(series, plan);
    const reversed = blocksOf(plan)
      .reverse()
      .map((block) => runBlock(createAssetPosterior, series, plan, block))
      .reverse();
    expect(reversed.length).toBeGreaterThan(1);
    reversed[0]!.forEach(({ name }, at) => {
      expect(joinBlocks(reversed.map((results) => results[at]!.rows)), name).toEqual(whole.get(name));
    });
  });

  it('what outlives a fit is warmed up before the first row of a block', () => {
    const fits: number[] = [];
    const carrier = {
      ...parrot(),
      carries: true,
      fit: ({ length, openTimeMs }: ObservationSeries) => {
        fits.push(openTimeMs[length - 1]! / 3_600_000 + 1);
      },
    };
    const series = seriesOf(clusteredReturns(420, 4));
    forecastBlock(carrier, series, PLAN, { from: 300, to: 390 });
    expect(fits).toEqual([260, 300, 340, 380]);
  });

  it('simple returns: VaR converts exactly, ES stays above it and below the whole stake', () => {
    const series = seriesOf(clusteredReturns(420, 5).map((value) => 20 * value));
    const [log, simple] = [runAll(series), runAll(series, { ...PLAN, simple: true })];
    for (const [name, rows] of simple) {
      const width = rows.length / 120;
      for (let t = 0; t < 120; t++) {
        const value = rows[t * width + 1]!;
        expect(value).toBeCloseTo(-Math.expm1(-log.get(name)![t * width + 1]!), 12);
        expect(rows[t * width + 3]!).toBeGreaterThan(value);
        expect(rows[t * width + 3]!).toBeLessThan(Math.min(1, log.get(name)![t * width + 3]!));
        expect(rows[t * width + 4]).toBe(log.get(name)![t * width + 4]);
      }
    }
  });

  it('pool weights are on every row and sum to 1', () => {
    const series = seriesOf(clusteredReturns(420, 6));
    const { modelIds } = createAssetPosterior(PLAN.posterior);
    const rows = runAll(series).get('bayes')!;
    const paths = weightPaths({ name: 'bayes', members: modelIds, confidences: [0.95, 0.99], rows });
    for (let t = 0; t < 120; t++) expect(paths.reduce((sum, path) => sum + path[t]!, 0)).toBeCloseTo(1, 9);
  });

  it('a forecast that is not finite stops the run and names itself', () => {
    const broken = { ...parrot(), cdf: () => Number.NaN };
    const series = seriesOf(clusteredReturns(60, 7));
    expect(() => forecastBlock(broken, series, { ...PLAN, first: 50 }, { from: 50, to: 55 })).toThrow(
      /parrot gave a forecast that is not finite for observation 50/,
    );
  });
});

describe('comparison', () => {
  it('sets the first against every other on equal outcomes', () => {
    const outcome = clusteredReturns(400, 8);
    const track = (name: string, factor: number) => ({
      name,
      length: 400,
      outcome,
      levels: [
        {
          confidence: 0.975,
          valueAtRisk: new Float64Array(400).fill(0.013 * factor),
          expectedShortfall: new Float64Array(400).fill(0.017 * factor),
        },
      ],
      pit: new Float64Array(400).fill(0.5),
      logScore: new Float64Array(0),
    });
    const [level] = compareForecasters([track('fair', 1), track('low', 0.4)]);
    const [fair, low] = level!.rows;
    expect(fair!.dieboldMariano).toBeUndefined();
    expect(low!.difference).toBeLessThan(0);
    expect(low!.dieboldMariano!.statistic).toBeLessThan(-2);
    expect(low!.cumulative.at(-1)).toBeCloseTo(400 * low!.difference, 6);
  });
});
