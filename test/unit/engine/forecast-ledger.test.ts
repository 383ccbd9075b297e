import { describe, expect, it } from 'vitest';
import { accuracyEvidence } from '#domain/compliance/accuracy-evidence.ts';
import { FINE_KNOTS, fineScore } from '#domain/measure/score-grid.ts';
import { lawOf, pitOf } from '#engine/forecast-law.ts';
import { ForecastLedger, type ForecastLedgerOptions } from '#engine/forecast-ledger.ts';
import { createRandom } from '#math/random.ts';
import { normalCdf, normalPdf, normalQuantile } from '#math/special-functions.ts';
import type { ForecastOutcome, ForecastRow, Forecasts, ScoredForecast } from '#store/ports/forecasts.ts';
import fc from '../../support/seeded-check.ts';

const HOUR = 3_600_000;
const SD = 0.01;

function memoryForecasts(): Forecasts & {
  rows: Map<number, ForecastRow>;
  outcomes: Map<number, ForecastOutcome>;
} {
  const rows = new Map<number, ForecastRow>();
  const outcomes = new Map<number, ForecastOutcome>();
  return {
    rows,
    outcomes,
    issue: async (issued) => {
      for (const row of issued) if (!rows.has(row.openTimeMs)) rows.set(row.openTimeMs, row);
    },
    score: async (scored) => {
      for (const outcome of scored) outcomes.set(outcome.openTimeMs, outcome);
    },
    scored: async () =>
      [...outcomes].map(([time, outcome]) => ({ ...rows.get(time), ...outcome }) as ScoredForecast),
    open: async () => [...rows.values()].filter(({ openTimeMs }) => !outcomes.has(openTimeMs)),
  };
}

const table = (sd: number) => Float64Array.from({ length: FINE_KNOTS }, (_, knot) => fineScore(knot) * sd);

function forecast(bar: number, sd = SD) {
  const levels = [0.95, 0.975, 0.99];
  return {
    symbol: 'BTCUSDT',
    intervalMs: HOUR,
    openTimeMs: bar * HOUR,
    modelVersion: 'v1',
    provenance: 'binance',
    var: levels.map((level) => normalQuantile(level) * sd),
    es: levels.map((level) => (normalPdf(normalQuantile(level)) / (1 - level)) * sd),
    logReturn: table(sd),
  };
}

const closed = (bar: number, logReturn: number, elapsedBars = 1) => ({
  symbol: 'BTCUSDT',
  intervalMs: HOUR,
  openTimeMs: bar * HOUR,
  logReturn,
  elapsedBars,
});

function scene(over: Partial<ForecastLedgerOptions> = {}) {
  const forecasts = memoryForecasts();
  const options: ForecastLedgerOptions = {
    forecasts,
    modelId: (symbol, intervalMs) => `${symbol}:${intervalMs / HOUR}h`,
    now: () => 7,
    onLost: (_count, error) => {
      throw error;
    },
    ...over,
  };
  return { forecasts, options, ledger: new ForecastLedger(options) };
}

describe('the kept law', () => {
  it('gives back the probability of any outcome', () => {
    const law = lawOf(table(SD));
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (z) => {
        const expected = normalCdf(Math.min(5, Math.max(-5, z)));
        expect(pitOf(law, z * SD)).toBeCloseTo(expected, 9);
      }),
    );
  });

  it('stays a probability where the law is flat', () => {
    const flat = lawOf(new Float64Array(FINE_KNOTS));
    for (const outcome of [-1, 0, 1]) {
      const pit = pitOf(flat, outcome);
      expect(pit > 0 && pit < 1).toBe(true);
    }
  });
});

describe('the forecast ledger', () => {
  it('scores only what it had kept before the outcome, and each bar once', async () => {
    const { ledger, forecasts } = scene();
    await ledger.settle([closed(1, 0.001)]);
    await ledger.issue([forecast(2)]);
    await ledger.settle([closed(2, -0.02)]);
    await ledger.settle([closed(2, -0.02)]);
    expect([...forecasts.outcomes.keys()]).toEqual([2 * HOUR]);
    expect(forecasts.outcomes.get(2 * HOUR)?.pit).toBeCloseTo(normalCdf(-2), 9);
    expect(ledger.accuracy()[0]?.forecasts).toBe(1);
    expect(ledger.lastScoredMs()).toBe(7);
  });

  it('drops a forecast whose bar came after a gap', async () => {
    const { ledger, forecasts } = scene();
    await ledger.issue([forecast(1)]);
    await ledger.settle([closed(3, 0.01, 3)]);
    await ledger.settle([closed(1, 0.01)]);
    expect(forecasts.outcomes.size).toBe(0);
  });

  it('counts nothing that could not be kept', async () => {
    const lost: number[] = [];
    const { ledger, forecasts } = scene({ onLost: (count) => lost.push(count) });
    const issue = forecasts.issue;
    forecasts.issue = () => Promise.reject(new Error('disk full'));
    await ledger.issue([forecast(1)]);
    forecasts.issue = issue;
    await ledger.settle([closed(1, 0.01)]);
    expect(lost).toEqual([1]);
    expect(ledger.accuracy()).toEqual([]);
  });

  it('goes on after a restart where it was', async () => {
    const { ledger, options } = scene();
    for (let bar = 1; bar <= 20; bar++) {
      await ledger.issue([forecast(bar)]);
      await ledger.settle([closed(bar, Math.sin(bar) * SD)]);
    }
    await ledger.issue([forecast(21)]);
    const again = new ForecastLedger(options);
    await again.restore([{ symbol: 'BTCUSDT', intervalMs: HOUR }]);
    expect(again.accuracy()).toEqual(ledger.accuracy());
    await again.settle([closed(21, 0)]);
    expect(again.accuracy()[0]?.forecasts).toBe(21);
  });

  it('raises one alarm when forecasts turn bad, and none while they are right', async () => {
    const alarms: string[] = [];
    const { ledger } = scene({
      capacity: 600,
      onAlarm: ({ modelId, kind }) => alarms.push(`${modelId} ${kind}`),
    });
    const random = createRandom(4);
    const live = async (from: number, to: number, scale: number) => {
      for (let bar = from; bar < to; bar++) {
        await ledger.issue([forecast(bar)]);
        await ledger.settle([closed(bar, random.normal() * SD * scale)]);
      }
    };
    await live(0, 600, 1);
    expect(alarms).toEqual([]);
    await live(600, 700, 3);
    expect(alarms).toHaveLength(1);
    expect(alarms[0]).toMatch(/^BTCUSDT:1h (alarm|accuracy)$/);
    expect(ledger.alarms()).toMatchObject([{ modelId: 'BTCUSDT:1h' }]);
    expect(ledger.accuracy()[0]?.scorecard).toBeUndefined();
    await ledger.rescore();
    const evidence = accuracyEvidence(ledger.accuracy(), 7);
    expect(evidence.objections.length).toBeGreaterThan(0);
    expect(evidence.measured).toBeLessThan(100);
  });

  it('bets against a new champion anew, and after a restart against that one alone', async () => {
    const { ledger, options } = scene({ now: () => clock });
    let clock = 1;
    const live = async (to: ForecastLedger, from: number, until: number, outcome: number) => {
      for (let bar = from; bar < until; bar++, clock++) {
        await to.issue([forecast(bar)]);
        await to.settle([closed(bar, outcome)]);
      }
    };
    await live(ledger, 1, 4, -10 * SD);
    expect(ledger.alarms()).toMatchObject([{ kind: 'alarm' }]);
    const since = clock;
    ledger.championSince('BTCUSDT:1h', since);
    await live(ledger, 4, 5, 0.1 * SD);
    ledger.championSince('BTCUSDT:1h', since);
    await live(ledger, 5, 6, 0.1 * SD);
    expect(ledger.alarms()).toEqual([]);
    expect(ledger.accuracy()[0]).toMatchObject({ forecasts: 5 });
    const again = new ForecastLedger(options);
    again.championSince('BTCUSDT:1h', since);
    await again.restore([{ symbol: 'BTCUSDT', intervalMs: HOUR }]);
    expect(again.accuracy()).toEqual(ledger.accuracy());
  });
});
