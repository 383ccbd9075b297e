/**
 * The closed bars of every symbol at one interval: what refits, stressed windows and the comparison methods
 * read. One writer (the main thread), many readers; a ring per symbol with an Int32 count of bars written.
 *
 * Flow: engine/valuation-cycle -> here -> worker/inference, worker/history-methods.
 * Shapes: per symbol FIELDS rows of `capacity`, bar number n at column n mod capacity.
 */
import type { Bar } from '#domain/market/bar.ts';
import { requireBytes } from './risk-layout.ts';

const FIELDS = 9;

export interface BarHistory {
  /** Bars written so far to a symbol's ring. */
  written(symbol: number): number;
  /** The open time of the newest bar, -Infinity where there is none. */
  lastOpenTimeMs(symbol: number): number;
  append(symbol: number, bar: Bar): void;
  /** Forgets a symbol's bars; only before anything has been fitted to them. */
  clear(symbol: number): void;
  /**
   * The newest `count` bars that open no later than `untilMs`, oldest first. Bars overwritten while they were
   * being read are left out.
   */
  read(symbol: number, count: number, untilMs?: number): Bar[];
}

export function barHistoryBytes(symbols: number, capacity: number): number {
  return symbols * (8 + 8 * FIELDS * capacity);
}

export function attachBarHistory(
  buffer: SharedArrayBuffer,
  symbols: number,
  capacity: number,
  intervalMs: number,
): BarHistory {
  requireBytes(buffer, barHistoryBytes(symbols, capacity), 'bar history');
  const written = new Int32Array(buffer, 0, 2 * symbols);
  const rows = new Float64Array(buffer, 8 * symbols);
  const base = (symbol: number): number => symbol * FIELDS * capacity;

  const barAt = (symbol: number, number: number): Bar => {
    const at = base(symbol) + (number % capacity);
    return {
      openTimeMs: rows[at]!,
      intervalMs,
      open: rows[at + capacity]!,
      high: rows[at + 2 * capacity]!,
      low: rows[at + 3 * capacity]!,
      close: rows[at + 4 * capacity]!,
      volume: rows[at + 5 * capacity]!,
      trades: rows[at + 6 * capacity]!,
      realisedVariance: rows[at + 7 * capacity]!,
      complete: rows[at + 8 * capacity] === 1,
    };
  };

  return {
    written: (symbol) => Atomics.load(written, symbol),
    lastOpenTimeMs(symbol) {
      const count = Atomics.load(written, symbol);
      return count === 0 ? -Infinity : rows[base(symbol) + ((count - 1) % capacity)]!;
    },
    append(symbol, bar) {
      const count = Atomics.load(written, symbol);
      const at = base(symbol) + (count % capacity);
      rows[at] = bar.openTimeMs;
      rows[at + capacity] = bar.open;
      rows[at + 2 * capacity] = bar.high;
      rows[at + 3 * capacity] = bar.low;
      rows[at + 4 * capacity] = bar.close;
      rows[at + 5 * capacity] = bar.volume;
      rows[at + 6 * capacity] = bar.trades;
      rows[at + 7 * capacity] = bar.realisedVariance;
      rows[at + 8 * capacity] = bar.complete ? 1 : 0;
      Atomics.store(written, symbol, count + 1);
    },
    clear: (symbol) => void Atomics.store(written, symbol, 0),
    read(symbol, count, untilMs = Infinity) {
      const end = Atomics.load(written, symbol);
      const oldest = Math.max(end - capacity + 1, 0);
      let last = end - 1;
      while (last >= oldest && rows[base(symbol) + (last % capacity)]! > untilMs) last--;
      const first = Math.max(last - count + 1, oldest);
      const bars: Bar[] = [];
      for (let number = first; number <= last; number++) bars.push(barAt(symbol, number));
      const overwritten = Atomics.load(written, symbol) - capacity + 1 - first;
      return overwritten > 0 ? bars.slice(overwritten) : bars;
    },
  };
}
