import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { at, exchangeBar, MINUTE, openIngest, START } from '../../support/ingest-bench.ts';
import { until } from '../../support/until.ts';

describe('closing a bar', () => {
  it('needs no question where a later trade proves it', async () => {
    await using bench = await openIngest();
    const { feed, bars } = bench;
    for (const minute of [0, 1, 2]) feed.trade({ id: minute, tsTradeUs: at(minute, 1) });
    await until('two bars', () => bars.length === 2);
    expect(feed.asked).toEqual([]);
  });

  it('waits for proof from the exchange where no later trade came', async () => {
    await using bench = await openIngest({}, (scripted) => {
      scripted.settles = false;
    });
    const { feed, bars, setNow } = bench;
    feed.trade({ id: 1, tsTradeUs: at(0, 1) });
    feed.trade({ id: 2, tsTradeUs: at(1, 1) });
    setNow(START + MINUTE + 1000);
    await until('the first bar', () => bars.length === 1);
    setNow(START + 2 * MINUTE + 1999);
    await turn();
    expect(feed.asked).toEqual([]);
    setNow(START + 2 * MINUTE + 2000);
    feed.trade({ id: 2, tsTradeUs: at(1, 1), tsEventUs: at(2, 2), tsReceiveUs: at(2, 2) });
    await until('the question', () => feed.asked.length >= 2);
    expect(bars).toHaveLength(1);
    feed.settles = true;
    await until('the second bar', () => bars.length === 2);
  });

  it('takes the exchange at its word where both count the same trades', async () => {
    await using bench = await openIngest();
    const { feed, bars } = bench;
    for (const [id, minute] of [
      [1, 0],
      [2, 1],
      [3, 1],
    ] as const)
      feed.trade({ id, tsTradeUs: at(minute, id) });
    feed.observer.onExchangeBar(0, exchangeBar(0));
    feed.observer.onExchangeBar(0, exchangeBar(1, { trades: 2, volume: 2 }));
    expect(bars).toHaveLength(2);
    feed.observer.onExchangeBar(0, exchangeBar(2, { trades: 1 }));
    expect(bars).toHaveLength(2);
  });

  it('does not believe a clock that live events contradict', async () => {
    await using bench = await openIngest();
    const { feed, bars, setNow } = bench;
    for (const minute of [0, 1]) feed.trade({ id: minute, tsTradeUs: at(minute, 1), tsReceiveUs: at(90, 0) });
    setNow(START + 90 * MINUTE);
    await until('the first bar', () => bars.length === 1);
    await turn();
    expect(feed.asked).toEqual([]);
  });
});

describe('longer bars', () => {
  it('start from the history of the running interval and are published once they are whole', async () => {
    const history = Array.from({ length: 3 }, (_, minute) => exchangeBar(minute - 3, { trades: 10 }));
    await using bench = await openIngest({ intervals: [5 * MINUTE] }, (scripted) => {
      scripted.bars = (_, count, endMs) =>
        endMs === undefined
          ? history.slice(-count)
          : history.filter(({ openTimeMs }) => openTimeMs < endMs).slice(-count);
    });
    const { feed, bars, ingest } = bench;
    // The running five minutes opened at START - 5 min: its first two minutes are in no history.
    expect(START % (5 * MINUTE)).toBe(0);
    for (let minute = 0; minute <= 6; minute += 1) feed.trade({ id: minute, tsTradeUs: at(minute, 1) });
    feed.observer.onExchangeBar(0, exchangeBar(0));
    await until('the long bar', () => bars.some(({ intervalMs }) => intervalMs === 5 * MINUTE));
    expect(bars.filter(({ intervalMs }) => intervalMs === 5 * MINUTE)).toMatchObject([
      { openTimeMs: START, trades: 5, complete: true },
    ]);
    expect(ingest.bars(0, MINUTE, 0, Number.POSITIVE_INFINITY, 10).length).toBeGreaterThanOrEqual(6);
  });

  it('loaded history lies before what ingest has built', async () => {
    await using bench = await openIngest({}, (scripted) => {
      scripted.bars = (_, count, endMs) =>
        endMs === undefined
          ? [-3, -2, -1, 0].map((minute) => exchangeBar(minute, { close: 50, low: 50 })).slice(-count)
          : [];
    });
    const { feed, ingest, bars } = bench;
    for (const minute of [0, 1]) feed.trade({ id: minute, tsTradeUs: at(minute, 1) });
    await until('the first bar', () => bars.length === 1);
    const loaded = await ingest.loadHistory(0, MINUTE, 4);
    expect(loaded.map(({ close }) => close)).toEqual([50, 50, 50, 100]);
    expect(ingest.bars(0, MINUTE, 0, Number.POSITIVE_INFINITY, 10)).toEqual(loaded);
  });
});

describe('what ingest reports', () => {
  it('the newest price is the mid where there are quotes, else the last trade', async () => {
    await using bench = await openIngest();
    const { feed, ingest } = bench;
    expect(ingest.lastPrice(0)).toBeNaN();
    feed.trade({ id: 1, price: 101, tsTradeUs: at(0, 1) });
    await until('the trade', () => ingest.lastPrice(0) === 101);
    feed.observer.onTick({
      kind: 'quote',
      symbolIndex: 0,
      updateId: 1,
      bid: 99,
      bidQuantity: 1,
      ask: 101,
      askQuantity: 1,
      tsReceiveUs: at(0, 2),
    });
    await until('the mid', () => ingest.lastPrice(0) === 100);
    expect(ingest.lastPrice(5)).toBeNaN();
  });

  it("a symbol not heard of for long is stale, and the feed's own verdict comes first", async () => {
    await using bench = await openIngest();
    const { feed, ingest, setNow } = bench;
    const state = () => ingest.status().symbols[0]?.state;
    setNow(START + 10_000);
    expect(state()).toBe('live');
    setNow(START + 10_001);
    expect(state()).toBe('stale');
    for (const [given, shown] of [
      ['recovering', 'gap'],
      ['stalled', 'stale'],
      ['halted', 'halted'],
      ['down', 'down'],
    ] as const) {
      feed.state = given;
      expect(state()).toBe(shown);
    }
  });

  it('a burst larger than the ring loses nothing', async () => {
    await using bench = await openIngest();
    const { feed, ingest, bars } = bench;
    for (let id = 0; id < 1000; id += 1) feed.trade({ id, tsTradeUs: at(0, 1) + id });
    feed.trade({ id: 1000, tsTradeUs: at(1, 1) });
    feed.observer.onExchangeBar(0, exchangeBar(0, { trades: 1000 }));
    expect(bars[0]?.trades).toBe(1000);
    expect(ingest.status().ringMissed).toBe(0);
  });

  it('events of one kind are passed on once a second, their counts added', async () => {
    await using bench = await openIngest();
    const { feed, events, counts, setNow } = bench;
    for (let index = 0; index < 50; index += 1)
      feed.observer.onEvent({ kind: 'parse-error', message: 'not JSON' });
    feed.observer.onEvent({ kind: 'halt', symbolIndex: 0 });
    setNow(START + 1000);
    feed.observer.onEvent({ kind: 'parse-error', message: 'not JSON' });
    expect(events.map(({ kind, count }) => [kind, count])).toEqual([
      ['parse-error', 1],
      ['halt', 1],
      ['parse-error', 50],
    ]);
    expect(counts['trade/invalid']).toBe(51);
  });
});
