import { describe, expect, it } from 'vitest';
import { stochasticVolatility } from '#exchange/law/stochastic-volatility.ts';
import { type BarNode, HOUR_MS, MINUTE_MS } from '#exchange/market/bar-node.ts';
import { BarTree } from '#exchange/market/bar-tree.ts';
import { createInstrument } from '#exchange/market/instrument.ts';
import { findInterval } from '#exchange/market/kline-interval.ts';
import { RootPath } from '#exchange/market/root-path.ts';
import { SyntheticSymbol } from '#exchange/market/synthetic-symbol.ts';

const LISTED_MS = Date.UTC(2026, 0, 1);
const HOUR_OPEN_MS = LISTED_MS + 9 * HOUR_MS;
const NOW_MS = HOUR_OPEN_MS + 20 * MINUTE_MS + 17_000;
const SEED = 4;

function symbolAt(nowMs: number, tradesPerSecond = 2): SyntheticSymbol {
  const instrument = createInstrument('BTCUSDT');
  const path = new RootPath({
    seed: SEED,
    instrument,
    process: stochasticVolatility(SEED, HOUR_MS)(instrument),
    rootIntervalMs: HOUR_MS,
    listedMs: LISTED_MS,
    tradesPerSecond,
  });
  path.extendTo(nowMs);
  return new SyntheticSymbol(instrument, new BarTree(path, SEED, instrument.streamKey), SEED);
}

function minutesOf(symbol: SyntheticSymbol): BarNode[] {
  return [...symbol.tree.range(HOUR_OPEN_MS, HOUR_OPEN_MS + HOUR_MS, MINUTE_MS)];
}

describe('a change of volatility within the hour', () => {
  it('leaves the traded minutes alone and stretches the rest', () => {
    const calm = minutesOf(symbolAt(NOW_MS));
    const symbol = symbolAt(NOW_MS);
    symbol.setRegime(5, NOW_MS);
    const wild = minutesOf(symbol);
    expect(wild.slice(0, 21)).toEqual(calm.slice(0, 21));
    const span = (bars: BarNode[]) => bars.reduce((sum, bar) => sum + Math.log(bar.high / bar.low), 0);
    expect(span(wild.slice(21)) / span(calm.slice(21))).toBeCloseTo(5, 1);
    for (const [i, bar] of wild.entries()) {
      if (i > 0) expect(bar.open).toBe(wild[i - 1]!.close);
      expect(bar.trades).toBe(calm[i]!.trades);
      expect(bar.firstTradeId).toBe(calm[i]!.firstTradeId);
    }
  });

  it('keeps every coarser bar the exact sum of its minutes, and the next hour starts from the close', () => {
    const symbol = symbolAt(NOW_MS);
    symbol.setRegime(4, NOW_MS);
    const nextHourMs = HOUR_OPEN_MS + HOUR_MS;
    symbol.tree.path.extendTo(nextHourMs);
    const minutes = minutesOf(symbol);
    for (const name of ['5m', '15m', '1h']) {
      const interval = findInterval(name)!;
      for (let openMs = HOUR_OPEN_MS; openMs < nextHourMs; openMs += interval.widthMs) {
        const bar = symbol.klineAt(interval, openMs, (nextHourMs + 1) * 1000)!;
        const inside = minutes.filter((m) => m.openMs >= openMs && m.openMs < openMs + interval.widthMs);
        expect(bar.open).toBe(inside[0]!.open);
        expect(bar.close).toBe(inside.at(-1)!.close);
        expect(bar.high).toBe(Math.max(...inside.map((m) => m.high)));
        expect(bar.low).toBe(Math.min(...inside.map((m) => m.low)));
        expect(bar.trades).toBe(inside.reduce((sum, m) => sum + m.trades, 0));
      }
    }
    expect(symbol.tree.at(nextHourMs, HOUR_MS)!.open).toBe(minutes.at(-1)!.close);
  });

  it('can be taken back, and finds leaves by id across the seam', () => {
    const symbol = symbolAt(NOW_MS);
    symbol.setRegime(6, NOW_MS);
    symbol.setRegime(1, NOW_MS + 10 * MINUTE_MS);
    const minutes = minutesOf(symbol);
    for (const minute of minutes) {
      expect(symbol.leafOfId(minute.firstTradeId, 'trade')).toEqual(minute);
      expect(symbol.leafOfId(minute.firstAggregateId + minute.aggregates - 1, 'aggregate')).toEqual(minute);
    }
  });
});

describe('a busy market', () => {
  it('prints second by second what its minutes promise', () => {
    const symbol = symbolAt(NOW_MS, 1000);
    const minute = minutesOf(symbol)[7]!;
    const first = symbol.tree.leafAt(minute.openMs)!;
    expect(first.intervalMs).toBe(1000);
    let leaf: BarNode | undefined = first;
    let trades = 0;
    let volume = 0;
    let high = 0;
    while (leaf !== undefined && leaf.openMs < minute.openMs + MINUTE_MS) {
      const tape = symbol.tapeOf(leaf);
      expect(leaf.firstTradeId).toBe(minute.firstTradeId + trades);
      trades += tape.fillQuantity.length;
      volume += tape.fillQuantity.reduce((sum, quantity) => sum + quantity, 0);
      high = Math.max(high, ...tape.price);
      leaf = symbol.after(leaf);
    }
    expect({ trades, volume, high }).toEqual({
      trades: minute.trades,
      volume: minute.volume,
      high: minute.high,
    });
  });
});
