/** What the joint scenarios are worth, measured over independent randomisations against plain sampling. */
import { describe, expect, it } from 'vitest';
import { bookRisk, createBookScratch } from '../../src/domain/measure/book-risk.ts';
import { SCENARIOS } from '../../src/domain/scenario/lattice.ts';
import { createRandom } from '../../src/math/random.ts';
import { jointMarket } from '../support/joint-books.ts';

const SYMBOLS = 10;
const SEEDS = 40;
const TAIL = 0.01;

function deviation(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, sd: Math.sqrt(squares / (values.length - 1)) };
}

/** Standard errors that plain sampling of SCENARIOS draws would have, from a large pooled sample. */
function plainErrors(pooled: Float64Array): { valueAtRisk: number; shortfall: number } {
  pooled.sort();
  const n = pooled.length;
  const quantile = pooled[Math.floor(TAIL * n)]!;
  const width = pooled[Math.floor(1.1 * TAIL * n)]! - pooled[Math.floor(0.9 * TAIL * n)]!;
  const density = (0.2 * TAIL) / width;
  let first = 0;
  let second = 0;
  for (let i = 0; i < TAIL * n; i++) {
    const excess = (quantile - pooled[i]!) / TAIL;
    first += excess / n;
    second += (excess * excess) / n;
  }
  return {
    valueAtRisk: Math.sqrt((TAIL * (1 - TAIL)) / SCENARIOS) / density,
    shortfall: Math.sqrt((second - first * first) / SCENARIOS),
  };
}

describe('the joint scenarios', () => {
  const random = createRandom(3);
  const books: [string, number[]][] = [
    ['long only', Array.from({ length: SYMBOLS }, () => 1)],
    ['hedged', Array.from({ length: SYMBOLS }, (_, a) => (a % 2 === 0 ? 1 : -1) * (1 + a / 3))],
    ['random', Array.from({ length: SYMBOLS }, () => random.normal())],
    ['random again', Array.from({ length: SYMBOLS }, () => random.normal())],
  ];

  it.each(books)('for a %s book are worth 50,000 plain ones and more, and say their error', (name, book) => {
    const scratch = createBookScratch();
    const levels = [];
    const pooled = new Float64Array(SEEDS * SCENARIOS);
    for (let seed = 0; seed < SEEDS; seed++) {
      const market = jointMarket({ seed: 500 + seed, symbols: SYMBOLS, correlation: 0.65, nu: 6 });
      levels.push(bookRisk(market.book(book), [1 - TAIL], 0.9, scratch)[0]!);
      const gross = book.reduce((sum, exposure) => sum + Math.abs(exposure), 0);
      for (let s = 0; s < SCENARIOS; s++) pooled[seed * SCENARIOS + s] = scratch.pnl[s]! * gross;
    }
    const plain = plainErrors(pooled);
    for (const [measure, plainError] of [
      ['var', plain.valueAtRisk],
      ['es', plain.shortfall],
    ] as const) {
      const { mean, sd } = deviation(levels.map((level) => level[measure].estimate));
      const worth = SCENARIOS * (plainError / sd) ** 2;
      console.log(
        `${name} ${measure}: error ${((100 * sd) / mean).toFixed(2)} %, worth ${Math.round(worth / 1000)} thousand`,
      );
      // Forty seeds know a variance to a factor of 0.6 to 1.6 (99 %).
      expect(worth).toBeGreaterThan(50_000);
      // The published error also holds what a finite particle cloud leaves, so it may only be larger.
      const published = deviation(levels.map((level) => level[measure].stdError)).mean;
      expect(published / sd).toBeGreaterThan(0.7);
    }
  });

  it('err by less than 0.5 % at 99 % for hedged books too, by default, and agree with the first pass', () => {
    const scratch = createBookScratch();
    const found = books.map(() => ({ var: [] as number[], es: [] as number[] }));
    const first = books.map(() => ({ var: [] as number[], es: [] as number[] }));
    for (let seed = 0; seed < SEEDS; seed++) {
      const market = jointMarket({ seed: 900 + seed, symbols: SYMBOLS, correlation: 0.65, nu: 6 });
      books.forEach(([, book], b) => {
        const [level] = bookRisk(market.book(book, 900 + seed), [1 - TAIL], 0.9, scratch);
        const [before] = bookRisk(market.book(book), [1 - TAIL], 0.9, scratch);
        for (const measure of ['var', 'es'] as const) {
          found[b]![measure].push(level![measure].estimate);
          first[b]![measure].push(before![measure].estimate);
        }
      });
    }
    for (const measure of ['var', 'es'] as const) {
      let squares = 0;
      found.forEach((book, b) => {
        const { mean, sd } = deviation(book[measure]);
        const coarse = deviation(first[b]![measure]);
        console.log(`second pass, ${books[b]![0]} ${measure}: error ${((100 * sd) / mean).toFixed(2)} %`);
        squares += (sd / mean) ** 2 / books.length;
        // The two passes share nothing but the law; columns of finite cells leave 0.1 %.
        expect(Math.abs(mean - coarse.mean)).toBeLessThan(
          (3.5 * coarse.sd) / Math.sqrt(SEEDS) + 0.001 * mean,
        );
      });
      expect(Math.sqrt(squares)).toBeLessThan(0.005);
    }
  });
});
