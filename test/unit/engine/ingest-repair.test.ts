import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { at, exchangeBar, MINUTE, openIngest, START } from '../../support/ingest-bench.ts';
import { until } from '../../support/until.ts';

describe('repair', () => {
  it("an incomplete bar takes the exchange's prices and volume, without a variance", async () => {
    await using bench = await openIngest();
    const { feed, bars, counts } = bench;
    feed.trade({ id: 1, tsTradeUs: at(0, 30) });
    feed.trade({ id: 2, tsTradeUs: at(1, 1) });
    feed.observer.onExchangeBar(0, exchangeBar(0, { high: 120, trades: 9, volume: 7 }));
    expect(bars).toEqual([exchangeBar(0, { high: 120, trades: 9, volume: 7 })]);
    expect(counts['60000/repaired']).toBe(1);
  });

  it('asks REST where the stream did not bring the bar, and keeps the order meanwhile', async () => {
    await using bench = await openIngest({}, (scripted) => {
      scripted.bars = (intervalMs, _, endMs) =>
        endMs === START + intervalMs ? [exchangeBar(0, { trades: 5 })] : [];
    });
    const { feed, bars } = bench;
    for (const minute of [0, 1, 2]) feed.trade({ id: minute, tsTradeUs: at(minute, 1) });
    await turn();
    await turn();
    expect(bars).toEqual([]);
    await until('both bars', () => bars.length === 2);
    expect(bars.map(({ trades, complete }) => [trades, complete])).toEqual([
      [5, true],
      [1, true],
    ]);
  });

  it('publishes the bar as incomplete where nobody knows it', async () => {
    await using bench = await openIngest({}, (scripted) => {
      scripted.bars = () => {
        throw new Error('no history');
      };
    });
    const { feed, bars, ingest } = bench;
    for (const minute of [0, 1]) feed.trade({ id: minute, tsTradeUs: at(minute, 1) });
    await until('the bar', () => bars.length === 1);
    expect(bars[0]?.complete).toBe(false);
    expect(ingest.status().incompleteBars).toBe(1);
  });

  it("a lost window makes its bar incomplete, and the exchange's bar heals it", async () => {
    await using bench = await openIngest();
    const { feed, bars } = bench;
    feed.trade({ id: 1, tsTradeUs: at(0, 1) });
    feed.trade({ id: 2, tsTradeUs: at(1, 1) });
    feed.observer.onTick({
      kind: 'lost',
      symbolIndex: 0,
      fromId: 3,
      toId: 9,
      fromUs: at(1, 1),
      toUs: at(1, 40),
      reason: 'rest-failed',
    });
    feed.trade({ id: 10, tsTradeUs: at(1, 40) });
    feed.trade({ id: 11, tsTradeUs: at(2, 1) });
    feed.observer.onExchangeBar(0, exchangeBar(0));
    feed.observer.onExchangeBar(0, exchangeBar(1, { trades: 9 }));
    await until('both bars', () => bars.length === 2);
    expect(bars[1]).toMatchObject({ trades: 9, complete: true, realisedVariance: Number.NaN });
  });

  it("a complete bar that differs from the exchange's is kept and counted", async () => {
    await using bench = await openIngest();
    const { feed, bars, ingest } = bench;
    for (const minute of [0, 1, 2]) feed.trade({ id: minute, tsTradeUs: at(minute, 1) });
    feed.observer.onExchangeBar(0, exchangeBar(0));
    await until('two bars', () => bars.length === 2);
    feed.observer.onExchangeBar(0, exchangeBar(1, { close: 99, low: 99 }));
    expect(ingest.status().mismatches).toBe(1);
    feed.observer.onExchangeBar(0, exchangeBar(1, { volume: 1 + 1e-12 }));
    expect(ingest.status().mismatches).toBe(1);
  });

  it('bars missing between the warm-up and the first tick are fetched, so that longer bars stay whole', async () => {
    const history = [-2, -1, 0, 1, 2].map((minute) => exchangeBar(minute, { trades: 10 }));
    let nowMinute = 0;
    await using bench = await openIngest({ intervals: [5 * MINUTE] }, (scripted) => {
      scripted.bars = (_, count, endMs) =>
        history.filter(({ openTimeMs }) => openTimeMs < (endMs ?? START + nowMinute * MINUTE)).slice(-count);
    });
    const { feed, bars } = bench;
    nowMinute = 3;
    // Warm until minute -1; the first tick comes in minute 2, which is incomplete.
    for (const minute of [2, 3, 4, 5]) feed.trade({ id: minute, tsTradeUs: at(minute, 1) });
    await until('the long bar', () => bars.some(({ intervalMs }) => intervalMs === 5 * MINUTE));
    expect(
      bars.map(({ openTimeMs, intervalMs }) => [(openTimeMs - START) / MINUTE, intervalMs / MINUTE]),
    ).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
      [0, 5],
    ]);
    expect(bars.at(-1)).toMatchObject({ complete: true, trades: 32 });
  });

  it('hours that were lost are fetched in one request, not one for each bar', async () => {
    const asked: number[] = [];
    await using bench = await openIngest({}, (scripted) => {
      scripted.bars = (_, count, endMs = START) => {
        asked.push(count);
        return Array.from({ length: count }, (_row, at) =>
          exchangeBar((endMs - START) / MINUTE - count + at, { trades: 3 }),
        );
      };
    });
    const { feed, bars } = bench;
    feed.trade({ id: 1, tsTradeUs: at(0, 1) });
    feed.observer.onTick({
      kind: 'lost',
      symbolIndex: 0,
      fromId: 2,
      toId: 900,
      fromUs: at(0, 1),
      toUs: at(180, 5),
      reason: 'page-limit',
    });
    feed.trade({ id: 901, tsTradeUs: at(180, 5) });
    feed.trade({ id: 902, tsTradeUs: at(181, 5) });
    feed.trade({ id: 903, tsTradeUs: at(182, 5) });
    await until('all bars', () => bars.length === 182);
    expect(bars.filter(({ trades }) => trades === 3)).toHaveLength(181);
    expect(bars.at(-1)).toMatchObject({ trades: 1, complete: true });
    expect(asked).toEqual([181]);
  });
});
