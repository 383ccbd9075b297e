import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RiskAnswer } from '../../src/domain/measure/risk-answer.ts';
import type { RiskQuery } from '../../src/domain/measure/risk-query.ts';
import type { ValuationEvent } from '../../src/engine/valuation-cycle.ts';
import { bookQuery, DAY, HISTORY, HOUR, type SmallMarket, smallMarket } from '../support/valuation-market.ts';

const run = promisify(execFile);
const events: ValuationEvent[] = [];
let market: SmallMarket;

async function answerTo(query: RiskQuery): Promise<RiskAnswer> {
  const outcome = await market.cycle.valueAtRisk(query, market.inputs);
  if (!outcome.ok) throw new Error(`${outcome.reason}: ${outcome.message}`);
  return outcome.value;
}

beforeAll(async () => {
  market = smallMarket({ onEvent: (event) => events.push(event) });
  await market.cycle.start();
});
afterAll(() => market.cycle.close());

describe('the valuation cycle', () => {
  it('answers a book at several horizons with exposures, identity and lineage', async () => {
    const answer = await answerTo(bookQuery({ contributions: true }));
    expect(answer.value).toBeCloseTo(250, 9);
    expect(answer.grossExposure).toBeCloseTo(450, 9);
    expect(answer.results.map((result) => [result.horizonMs, result.confidence])).toEqual([
      [HOUR, 0.95],
      [HOUR, 0.99],
      [DAY, 0.95],
      [DAY, 0.99],
    ]);
    for (const result of answer.results) {
      expect(result.es.estimate).toBeGreaterThanOrEqual(result.var.estimate);
      expect(result.varRatio).toBeCloseTo(result.var.estimate / 450, 12);
      const sum = result.contributions!.reduce((total, part) => total + part.componentVar, 0);
      expect(sum).toBeCloseTo(result.var.estimate, 9);
      expect(result.contributions!.map((part) => part.symbol)).toEqual(['AAAUSDT', 'BBBUSDT', 'CCCUSDT']);
    }
    expect(answer.model.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.model.weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
    expect(answer.lineageId).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.provenance).toBe('synthetic');
    expect(answer.dataAsOfMs).toBe(20_000 * DAY);
  });

  it('changes nothing for a symbol of zero quantity, and reverses the sign of a mirrored book', async () => {
    const two = [
      { symbol: 'AAAUSDT', quantity: 2 },
      { symbol: 'BBBUSDT', quantity: -0.5 },
    ];
    const plain = await answerTo(bookQuery({ positions: two }));
    const padded = await answerTo(bookQuery({ positions: [...two, { symbol: 'CCCUSDT', quantity: 0 }] }));
    expect(padded.results).toEqual(plain.results);
    expect(padded.lineageId).toBe(plain.lineageId);
    const mirrored = await answerTo(
      bookQuery({ positions: two.map(({ symbol, quantity }) => ({ symbol, quantity: -quantity })) }),
    );
    expect(mirrored.value).toBe(-plain.value);
  });

  it('answers one symbol from its marginal, whether asked alone or beside nothing', async () => {
    const alone = await answerTo(bookQuery({ positions: [{ symbol: 'AAAUSDT', notional: 1000 }] }));
    const double = await answerTo(bookQuery({ positions: [{ symbol: 'AAAUSDT', notional: 2000 }] }));
    alone.results.forEach((result, k) => {
      expect(double.results[k]!.var.estimate).toBeCloseTo(2 * result.var.estimate, 9);
    });
  });

  it('serves a horizon that is not tabulated by simulation, never by a square root of time', async () => {
    const answer = await answerTo(bookQuery({ horizonsMs: [HOUR, 7 * HOUR], confidences: [0.99] }));
    const [hour, seven] = answer.results;
    expect(seven!.var.estimate).toBeGreaterThan(hour!.var.estimate * 1.5);
    expect(seven!.var.estimate).toBeLessThan(hour!.var.estimate * 5);
    expect(seven!.var.estimate / hour!.var.estimate).not.toBeCloseTo(Math.sqrt(7), 6);
  });

  it.each(['hist', 'fhs', 'param'] as const)('answers by the comparison method %s', async (method) => {
    const answer = await answerTo(bookQuery({ method }));
    expect(answer.method).toBe(method);
    for (const { var: value, es } of answer.results) {
      expect(value.lower).toBeLessThanOrEqual(value.estimate);
      expect(value.upper).toBeGreaterThanOrEqual(value.estimate);
      expect(es.estimate).toBeGreaterThanOrEqual(value.estimate);
    }
  });

  it("answers a stressed question from the book's own worst window, which it names", async () => {
    const stressed = await answerTo(bookQuery({ method: 'stressed' }));
    const plain = await answerTo(bookQuery({ method: 'hist' }));
    expect(stressed).toMatchObject({ method: 'stressed', dataAsOfMs: plain.dataAsOfMs });
    expect(stressed.quality.reasons).toEqual([expect.stringContaining('less than a year')]);
    expect(plain.quality.reasons).toEqual([]);
    for (const [k, { window, var: value, es, horizonMs }] of stressed.results.entries()) {
      expect(window).toMatchObject({ runs: 250, spansYear: false });
      expect(window!.endMs - window!.startMs).toBe(250 * horizonMs);
      expect(window!.startMs).toBeGreaterThanOrEqual(window!.historyStartMs);
      expect(window!.endMs).toBeLessThanOrEqual(stressed.dataAsOfMs);
      expect(es.estimate).toBeGreaterThanOrEqual(value.estimate);
      expect(value.estimate).toBeGreaterThan(0.9 * plain.results[k]!.var.estimate);
    }
  });

  it('says among the reasons of its quality that a numerical error is above half a per cent', async () => {
    const answer = await answerTo(bookQuery({ confidences: [0.95, 0.9999] }));
    const errors = answer.results.flatMap(({ var: value, es }) =>
      [value, es].map(({ estimate, stdError }) => stdError / estimate),
    );
    expect(Math.max(...errors)).toBeGreaterThan(0.005);
    expect(answer.quality.reasons).toEqual([
      `numerical error up to ${(100 * Math.max(...errors)).toFixed(1)} % of the figure, above 0.5 %`,
    ]);
    expect(answer.quality.status).toBe('fresh');
  });

  it('an empty book has no risk', async () => {
    const answer = await answerTo(bookQuery({ positions: [] }));
    expect(answer.results.every((result) => result.var.estimate === 0 && result.varRatio === 0)).toBe(true);
  });

  it.each([
    ['an unknown symbol', { positions: [{ symbol: 'NOPE', quantity: 1 }] }, 'unknown-symbol'],
    [
      'a symbol twice',
      {
        positions: [
          { symbol: 'AAAUSDT', quantity: 1 },
          { symbol: 'AAAUSDT', notional: 1 },
        ],
      },
      'invalid-book',
    ],
    ['an infinite quantity', { positions: [{ symbol: 'AAAUSDT', quantity: Infinity }] }, 'invalid-book'],
    ['a quantity that is no number', { positions: [{ symbol: 'AAAUSDT', quantity: NaN }] }, 'invalid-book'],
    ['neither quantity nor notional', { positions: [{ symbol: 'AAAUSDT' }] }, 'invalid-book'],
    ['a confidence of one', { confidences: [1] }, 'invalid-book'],
    ['a horizon below the shortest bar', { horizonsMs: [60_000] }, 'horizon-not-served'],
    ['a horizon of a year', { horizonsMs: [365 * DAY] }, 'horizon-not-served'],
  ])('refuses %s', async (_, parts, reason) => {
    const outcome = await market.cycle.valueAtRisk(bookQuery(parts), market.inputs);
    expect(outcome).toMatchObject({ ok: false, reason });
  });

  it('refuses a quantity without a price, and needs none for a notional', async () => {
    const inputs = { ...market.inputs, prices: [NaN, 200, 300] };
    const query = (position: object): RiskQuery =>
      bookQuery({ positions: [{ symbol: 'AAAUSDT', ...position }] });
    expect(await market.cycle.valueAtRisk(query({ quantity: 1 }), inputs)).toMatchObject({
      ok: false,
      reason: 'stale-data',
    });
    expect((await market.cycle.valueAtRisk(query({ notional: 5 }), inputs)).ok).toBe(true);
  });

  it('moves revision, data time and numbers with a closed bar, and with nothing else', async () => {
    const before = await answerTo(bookQuery());
    const revision = market.cycle.revision('AAAUSDT');
    expect((await answerTo(bookQuery())).lineageId).toBe(before.lineageId);
    const old = market.bars.get(HOUR)![0]![HISTORY - 1]!;
    market.cycle.onBar(0, old);
    await market.cycle.idle();
    expect(market.cycle.revision('AAAUSDT')).toBe(revision);
    for (const symbolIndex of [0, 1, 2])
      market.cycle.onBar(symbolIndex, market.bars.get(HOUR)![symbolIndex]![HISTORY]!);
    await market.cycle.idle();
    expect(market.cycle.revision('AAAUSDT')).not.toBe(revision);
    const after = await answerTo(bookQuery({ horizonsMs: [HOUR] }));
    expect(after.dataAsOfMs).toBe(20_000 * DAY + HOUR);
    expect(after.model.hash).not.toBe(before.model.hash);
    expect(events.filter((event) => event.kind === 'inference-failed')).toEqual([]);
  });

  it('puts another state in place in one step, and refuses one that does not fit', async () => {
    const [slot] = market.cycle.slots;
    expect(slot!.modelId).toBe('AAAUSDT:1h');
    expect(market.cycle.history(slot!.modelId)!.length).toBeGreaterThan(200);
    const revision = market.cycle.revision('AAAUSDT');
    await expect(market.cycle.install(slot!.modelId, 'v1', new Float64Array(3))).rejects.toThrow(/floats/);
    const garbage = new Float64Array(slot!.stateLength).fill(7);
    await expect(market.cycle.install(slot!.modelId, 'v1', garbage)).rejects.toThrow();
    expect(market.cycle.revision('AAAUSDT')).toBe(revision);
    expect(market.cycle.installedVersion(slot!.modelId)).toBeUndefined();
    expect((await answerTo(bookQuery())).results).toHaveLength(4);
  });

  it('starts without a symbol whose bars make no model, and says which book that spoils', async () => {
    const broken = smallMarket({}, 0);
    const { cycle, bars, inputs } = broken;
    try {
      for (const [intervalMs, perSymbol] of bars)
        for (const [symbolIndex, list] of perSymbol.entries()) {
          const history = list.slice(0, HISTORY);
          const frozen = history.map((bar) => ({ ...bar, trades: 0, volume: 0 }));
          cycle.loadHistory(symbolIndex, intervalMs, symbolIndex === 1 ? frozen : history);
        }
      await cycle.start();
      expect([0, 1, 2].map((symbolIndex) => cycle.ready(symbolIndex))).toEqual([true, false, true]);
      const good = [
        { symbol: 'AAAUSDT', notional: 100 },
        { symbol: 'CCCUSDT', notional: -50 },
      ];
      expect((await cycle.valueAtRisk(bookQuery({ positions: good }), inputs)).ok).toBe(true);
      expect(await cycle.valueAtRisk(bookQuery(), inputs)).toMatchObject({
        ok: false,
        reason: 'insufficient-history',
      });
    } finally {
      await cycle.close();
    }
  });

  it('takes older history after the first live bars', async () => {
    const late = smallMarket({}, 0);
    const { cycle, bars } = late;
    try {
      const list = bars.get(HOUR)![0]!;
      cycle.onBar(0, list[200]!);
      expect(cycle.loadHistory(0, HOUR, list.slice(0, 200))).toBe(200);
      expect(cycle.loadHistory(0, HOUR, list.slice(0, 260))).toBe(59);
      expect(cycle.historyBars(0, HOUR)).toBe(260);
    } finally {
      await cycle.close();
    }
  });
});

function firstDifference(one: string, other: string): string | undefined {
  if (one === other) return undefined;
  let at = 0;
  while (one[at] === other[at]) at++;
  return `${one.slice(at - 60, at + 40)} | ${other.slice(at - 60, at + 40)}`;
}

describe('replicas', () => {
  it('two processes on the same bars and seed give the same bytes, however the bars arrive', async () => {
    const probe = join(import.meta.dirname, '../support/valuation-probe.ts');
    const [one, other] = await Promise.all(
      ['apart', 'together'].map((order) => run(process.execPath, [probe, order])),
    );
    expect(one!.stdout.length).toBeGreaterThan(2000);
    expect(firstDifference(one!.stdout, other!.stdout)).toBeUndefined();
  }, 60_000);
});
