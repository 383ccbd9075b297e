/**
 * The newest bars of every (symbol, interval) in shared memory: one writer, any number of readers.
 * Flow: engine/ingest (writer) -> here -> worker tasks, http bars (readers).
 * Shapes: one cell a (symbol, interval); all controls first, then all rows:
 *   control  2 Int32 words a cell: version (odd while being written), bars written so far
 *   rows     capacity x 9 Float64 a cell, a ring: openTimeMs open high low close volume trades rv complete
 * A reader copies between two equal even versions; the second look is a read-modify-write, so that no load of
 * the copy can slip behind it.
 * Units: those of domain/market/bar.
 */
import type { Bar } from '#domain/market/bar.ts';

export const BAR_WORDS = 9;

export interface BarMatrixMemory {
  readonly buffer: SharedArrayBuffer;
  readonly symbols: number;
  readonly intervalsMs: readonly number[];
  readonly capacity: number;
}

export function createBarMatrix(
  symbols: number,
  intervalsMs: readonly number[],
  capacity: number,
): BarMatrixMemory {
  if (!(Number.isInteger(capacity) && capacity >= 2))
    throw new RangeError('a bar matrix holds 2 bars or more');
  const cells = symbols * intervalsMs.length;
  const bytes = cells * (8 + capacity * BAR_WORDS * 8);
  return { buffer: new SharedArrayBuffer(bytes), symbols, intervalsMs, capacity };
}

export class BarMatrix {
  readonly #memory: BarMatrixMemory;
  readonly #control: Int32Array;
  readonly #rows: Float64Array;

  constructor(memory: BarMatrixMemory) {
    const cells = memory.symbols * memory.intervalsMs.length;
    this.#memory = memory;
    this.#control = new Int32Array(memory.buffer, 0, cells * 2);
    this.#rows = new Float64Array(memory.buffer, cells * 8, cells * memory.capacity * BAR_WORDS);
  }

  /** Writer only. A bar newer than the newest is appended, a known one replaced, one in between refused. */
  put(symbolIndex: number, bar: Bar): boolean {
    const cell = this.#cell(symbolIndex, bar.intervalMs);
    const written = this.#control[cell * 2 + 1] as number;
    for (let back = 1; back <= Math.min(written, this.#memory.capacity); back += 1) {
      const at = this.#rowAt(cell, written - back);
      const openTimeMs = this.#rows[at] as number;
      if (openTimeMs < bar.openTimeMs) return back === 1 ? this.#append(cell, written, bar) : false;
      if (openTimeMs === bar.openTimeMs) return this.#write(cell, written, at, bar);
    }
    return written === 0 ? this.#append(cell, written, bar) : false;
  }

  /** Writer only. Puts a whole history in place of what the cell holds. */
  replace(symbolIndex: number, intervalMs: number, bars: readonly Bar[]): void {
    const cell = this.#cell(symbolIndex, intervalMs);
    const kept = bars.slice(-this.#memory.capacity);
    Atomics.add(this.#control, cell * 2, 1);
    for (const [index, bar] of kept.entries()) this.#store(this.#rowAt(cell, index), bar);
    this.#control[cell * 2 + 1] = kept.length;
    Atomics.add(this.#control, cell * 2, 1);
  }

  /** Bars that open in [fromMs, toMs), oldest first, at most the newest `limit` of them. */
  read(symbolIndex: number, intervalMs: number, fromMs: number, toMs: number, limit: number): Bar[] {
    const cell = this.#cell(symbolIndex, intervalMs);
    for (;;) {
      const version = Atomics.load(this.#control, cell * 2);
      if (version % 2 !== 0) continue;
      const bars = this.#collect(cell, intervalMs, fromMs, toMs, limit);
      if (Atomics.add(this.#control, cell * 2, 0) === version) return bars;
    }
  }

  /** Bars held now. */
  count(symbolIndex: number, intervalMs: number): number {
    const written = Atomics.load(this.#control, this.#cell(symbolIndex, intervalMs) * 2 + 1);
    return Math.min(written, this.#memory.capacity);
  }

  #collect(cell: number, intervalMs: number, fromMs: number, toMs: number, limit: number): Bar[] {
    const rows = this.#rows;
    const written = this.#control[cell * 2 + 1] as number;
    const bars: Bar[] = [];
    for (let back = 1; back <= Math.min(written, this.#memory.capacity) && bars.length < limit; back += 1) {
      const at = this.#rowAt(cell, written - back);
      const openTimeMs = rows[at] as number;
      if (openTimeMs < fromMs) break;
      if (openTimeMs >= toMs) continue;
      bars.push({
        openTimeMs,
        intervalMs,
        open: rows[at + 1] as number,
        high: rows[at + 2] as number,
        low: rows[at + 3] as number,
        close: rows[at + 4] as number,
        volume: rows[at + 5] as number,
        trades: rows[at + 6] as number,
        realisedVariance: rows[at + 7] as number,
        complete: rows[at + 8] === 1,
      });
    }
    return bars.reverse();
  }

  #append(cell: number, written: number, bar: Bar): boolean {
    return this.#write(cell, written + 1, this.#rowAt(cell, written), bar);
  }

  #write(cell: number, written: number, at: number, bar: Bar): boolean {
    Atomics.add(this.#control, cell * 2, 1);
    this.#store(at, bar);
    this.#control[cell * 2 + 1] = written;
    Atomics.add(this.#control, cell * 2, 1);
    return true;
  }

  #store(at: number, bar: Bar): void {
    const rows = this.#rows;
    rows[at] = bar.openTimeMs;
    rows[at + 1] = bar.open;
    rows[at + 2] = bar.high;
    rows[at + 3] = bar.low;
    rows[at + 4] = bar.close;
    rows[at + 5] = bar.volume;
    rows[at + 6] = bar.trades;
    rows[at + 7] = bar.realisedVariance;
    rows[at + 8] = bar.complete ? 1 : 0;
  }

  #rowAt(cell: number, sequence: number): number {
    return (cell * this.#memory.capacity + (sequence % this.#memory.capacity)) * BAR_WORDS;
  }

  #cell(symbolIndex: number, intervalMs: number): number {
    const interval = this.#memory.intervalsMs.indexOf(intervalMs);
    if (interval < 0 || !(symbolIndex >= 0 && symbolIndex < this.#memory.symbols))
      throw new RangeError(`no bars of symbol ${symbolIndex} at ${intervalMs} ms`);
    return interval * this.#memory.symbols + symbolIndex;
  }
}
