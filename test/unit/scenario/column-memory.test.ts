import { describe, expect, it } from 'vitest';
import { bookRisk, createBookScratch } from '../../../src/domain/measure/book-risk.ts';
import { profitAndLoss } from '../../../src/domain/measure/profit-and-loss.ts';
import { ColumnMemory } from '../../../src/domain/scenario/column-memory.ts';
import { GROUP_POINTS, GROUPS, SCENARIOS } from '../../../src/domain/scenario/lattice.ts';
import { createRandom } from '../../../src/math/random.ts';
import { jointMarket } from '../../support/joint-books.ts';
import fc from '../../support/seeded-check.ts';

const SYMBOLS = 11;

function randomColumn(random: ReturnType<typeof createRandom>, out: Float32Array): Float32Array {
  for (let s = 0; s < out.length; s++) out[s] = 0.05 * random.normal();
  return out;
}

describe('the memory of scenario columns', () => {
  it('sums columns to the bits of the plain loop, block by block, for any number of them', () => {
    const memory = new ColumnMemory(SYMBOLS);
    const random = createRandom(3);
    const columns = Array.from({ length: SYMBOLS }, () => randomColumn(random, memory.take()!));
    const plain = new Float64Array(SCENARIOS);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1, maxLength: SYMBOLS }),
        fc.integer({ min: 0, max: GROUPS - 1 }),
        (weights, group) => {
          const from = group * GROUP_POINTS;
          const book = Float64Array.from(weights);
          const used = columns.slice(0, weights.length);
          memory.sum(book, used, memory.pnl, from, from + GROUP_POINTS);
          profitAndLoss(book, used, plain, from, from + GROUP_POINTS);
          const bytes = (sums: Float64Array) => Buffer.from(sums.slice(from, from + GROUP_POINTS).buffer);
          expect(bytes(memory.pnl).equals(bytes(plain))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('values a book as columns from anywhere do', () => {
    const market = jointMarket({ seed: 4, symbols: 6, correlation: 0.6, nu: 6 });
    const book = market.book([100, -50, 300, 20, -10, 75]);
    const memory = new ColumnMemory(12);
    const moved = (column: Float32Array): Float32Array => {
      const own = memory.take()!;
      own.set(column);
      return own;
    };
    const legs = book.legs.map((leg) => ({
      ...leg,
      returns: moved(leg.returns),
      elliptical: moved(leg.elliptical),
    }));
    expect(memory.left).toBe(0);
    const levels = [0.9, 0.975, 0.999];
    const own = bookRisk({ ...book, legs }, levels, 0.9, createBookScratch(memory));
    expect(own).toEqual(bookRisk(book, levels, 0.9, createBookScratch()));
    // One foreign column is enough for the plain loop to take over.
    const mixed = [...legs.slice(1), book.legs[0]!];
    const turned = [...book.legs.slice(1), book.legs[0]!];
    expect(bookRisk({ ...book, legs: mixed }, levels, 0.9, createBookScratch(memory))).toEqual(
      bookRisk({ ...book, legs: turned }, levels, 0.9, createBookScratch()),
    );
  });

  it('gives out what was given back, and nothing when all is taken', () => {
    const memory = new ColumnMemory(2);
    const first = memory.take()!;
    const second = memory.take()!;
    expect(second.byteOffset).not.toBe(first.byteOffset);
    expect(memory.take()).toBeUndefined();
    memory.giveBack(first);
    expect(memory.left).toBe(1);
    expect(memory.take()!.byteOffset).toBe(first.byteOffset);
  });
});
