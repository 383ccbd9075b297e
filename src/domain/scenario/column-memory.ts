/**
 * Where a thread keeps its joint scenarios: one block of memory with slots for columns, on which sums of
 * columns run two lanes at a time. Slots are given out and taken back; pages never used take no memory.
 *
 * Sums over columns from elsewhere are done by the plain loop, with equal results to the last bit.
 * Flow: worker/epoch-view (columns) -> here -> measure/book-risk (sums). Shapes: columns and sums of S.
 */
import { createVectorSum, type VectorSum } from '#math/vector-sum.ts';
import { type ColumnSum, profitAndLoss } from '../measure/profit-and-loss.ts';
import { SCENARIOS } from './lattice.ts';

const PAGE = 65_536;
const SUM_BYTES = 8 * SCENARIOS;
/** Columns do not lie a power of two apart, where they would fight for the same lines of the cache. */
const SLOT_BYTES = 4 * SCENARIOS + 320;

export class ColumnMemory {
  readonly pnl: Float64Array;
  readonly control: Float64Array;
  readonly #buffer: ArrayBuffer;
  readonly #vector: VectorSum;
  readonly #free: number[];

  constructor(slots: number) {
    const bytes = 2 * SUM_BYTES + slots * SLOT_BYTES;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
    this.#buffer = memory.buffer;
    this.#vector = createVectorSum(memory);
    this.pnl = new Float64Array(this.#buffer, 0, SCENARIOS);
    this.control = new Float64Array(this.#buffer, SUM_BYTES, SCENARIOS);
    this.#free = Array.from({ length: slots }, (_, slot) => 2 * SUM_BYTES + slot * SLOT_BYTES).reverse();
  }

  /** Columns that can still be taken. */
  get left(): number {
    return this.#free.length;
  }

  /** A column of whatever was there before, or undefined where all are taken. */
  take(): Float32Array | undefined {
    const at = this.#free.pop();
    return at === undefined ? undefined : new Float32Array(this.#buffer, at, SCENARIOS);
  }

  /** For columns that were taken from here; nobody may read them any more. */
  giveBack(column: Float32Array): void {
    this.#free.push(column.byteOffset);
  }

  readonly sum: ColumnSum = (weights, columns, out, from, to) => {
    for (const column of columns)
      if (column.buffer !== this.#buffer) return profitAndLoss(weights, columns, out, from, to);
    const { addFour, addOne } = this.#vector;
    const at = (a: number): number => columns[a]!.byteOffset + 4 * from;
    const target = out.byteOffset + 8 * from;
    const count = to - from;
    out.fill(0, from, to);
    let a = 0;
    for (; a + 3 < columns.length; a += 4)
      addFour(
        target,
        count,
        at(a),
        at(a + 1),
        at(a + 2),
        at(a + 3),
        weights[a]!,
        weights[a + 1]!,
        weights[a + 2]!,
        weights[a + 3]!,
      );
    for (; a < columns.length; a++) addOne(target, count, at(a), weights[a]!);
  };
}
