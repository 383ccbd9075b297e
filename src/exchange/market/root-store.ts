/**
 * Root bars in columns: twelve doubles a bar, so that years of one symbol cost a few megabytes.
 * Shapes: row-major, ROW doubles a bar, doubled when full; bar i opens at firstOpenMs + i x intervalMs.
 */
import type { BarNode } from './bar-node.ts';

const COLUMNS = [
  'open',
  'high',
  'low',
  'close',
  'volume',
  'takerBuy',
  'trades',
  'aggregates',
  'firstTradeId',
  'firstAggregateId',
  'diffusion',
  'jump',
] as const;
const ROW = COLUMNS.length;
const FIRST_CAPACITY = 1024;

export type RootColumn = (typeof COLUMNS)[number];

export class RootStore {
  readonly firstOpenMs: number;
  readonly intervalMs: number;
  #cells = new Float64Array(FIRST_CAPACITY * ROW);
  #length = 0;

  constructor(firstOpenMs: number, intervalMs: number) {
    this.firstOpenMs = firstOpenMs;
    this.intervalMs = intervalMs;
  }

  get length(): number {
    return this.#length;
  }

  push(bar: BarNode): void {
    if ((this.#length + 1) * ROW > this.#cells.length) {
      const larger = new Float64Array(this.#cells.length * 2);
      larger.set(this.#cells);
      this.#cells = larger;
    }
    this.#length += 1;
    this.replace(this.#length - 1, bar);
  }

  replace(index: number, bar: BarNode): void {
    for (let c = 0; c < ROW; c++) this.#cells[index * ROW + c] = bar[COLUMNS[c]!];
  }

  at(index: number): BarNode | undefined {
    if (!(index >= 0 && index < this.#length)) return undefined;
    const cells = this.#cells;
    const row = index * ROW;
    return {
      openMs: this.firstOpenMs + index * this.intervalMs,
      intervalMs: this.intervalMs,
      open: cells[row]!,
      high: cells[row + 1]!,
      low: cells[row + 2]!,
      close: cells[row + 3]!,
      volume: cells[row + 4]!,
      takerBuy: cells[row + 5]!,
      trades: cells[row + 6]!,
      aggregates: cells[row + 7]!,
      firstTradeId: cells[row + 8]!,
      firstAggregateId: cells[row + 9]!,
      diffusion: cells[row + 10]!,
      jump: cells[row + 11]!,
    };
  }

  /** The last bar whose value in a rising column is at most the given one. */
  lastAtMost(column: RootColumn, value: number): BarNode | undefined {
    const offset = COLUMNS.indexOf(column);
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#cells[middle * ROW + offset]! <= value) low = middle + 1;
      else high = middle;
    }
    return this.at(low - 1);
  }
}
