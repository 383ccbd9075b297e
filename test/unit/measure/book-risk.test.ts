import { describe, expect, it } from 'vitest';
import { bookProxy } from '../../../src/domain/measure/book-proxy.ts';
import { bookRisk, createBookScratch, type LevelRisk } from '../../../src/domain/measure/book-risk.ts';
import { unitRisk } from '../../../src/domain/measure/marginal-risk.ts';
import { tailPass } from '../../../src/domain/measure/tail-pass.ts';
import { createRandom } from '../../../src/math/random.ts';
import { studentPdf, studentQuantile } from '../../../src/math/special-functions.ts';
import { naiveBookRisk } from '../../reference/naive-book-risk.ts';
import { jointMarket } from '../../support/joint-books.ts';
import fc from '../../support/seeded-check.ts';

const SYMBOLS = 6;
const LEVELS = [0.9, 0.95, 0.975, 0.99, 0.995, 0.999];
const market = jointMarket({ seed: 4, symbols: SYMBOLS, correlation: 0.6, nu: 6 });
const scratch = createBookScratch();

function risk(exposures: readonly number[], confidences = LEVELS): LevelRisk[] {
  return bookRisk(market.book(exposures), confidences, 0.9, scratch);
}

const exposures = fc
  .array(
    fc.oneof(
      fc.constant(0),
      fc.double({ min: -1e6, max: 1e6, noNaN: true }).filter((x) => Math.abs(x) > 1),
    ),
    { minLength: SYMBOLS, maxLength: SYMBOLS },
  )
  .filter((book) => book.some((exposure) => exposure !== 0));

function relative(a: number, b: number, scale: number): number {
  return Math.abs(a - b) / scale;
}

describe('the risk of a book', () => {
  it('is made of tail groups: worst first, parts that sum, and the shortfall for their mean', () => {
    fc.assert(
      fc.property(exposures, (positions) => {
        const gross = positions.reduce((sum, exposure) => sum + Math.abs(exposure), 0);
        const book = market.book(positions);
        const plain = bookRisk(book, LEVELS, 0.9, scratch);
        const levels = bookRisk(book, LEVELS, 0.9, scratch, unitRisk, 5);
        levels.forEach(({ confidence, es, tail = [] }, at) => {
          expect(es).toEqual(plain[at]!.es);
          expect(tail).toHaveLength(5);
          let previous = Infinity;
          for (const { probability, loss, parts } of tail) {
            expect(probability).toBeCloseTo((1 - confidence) / 5, 12);
            expect(loss).toBeLessThanOrEqual(previous + 1e-9 * gross);
            previous = loss;
            const sum = parts.reduce((total, part) => total + part, 0);
            expect(relative(sum, loss, gross)).toBeLessThan(1e-12);
          }
          const mean = tail.reduce((sum, { loss }) => sum + loss, 0) / tail.length;
          expect(relative(mean, es.estimate, gross)).toBeLessThan(1e-9);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('has ordered bounds, ES above VaR, VaR rising with confidence, and components that sum', () => {
    fc.assert(
      fc.property(exposures, (book) => {
        const gross = book.reduce((sum, exposure) => sum + Math.abs(exposure), 0);
        let previous = -Infinity;
        for (const level of risk(book)) {
          for (const one of [level.var, level.es]) {
            expect(one.lower).toBeLessThanOrEqual(one.estimate);
            expect(one.upper).toBeGreaterThanOrEqual(one.estimate);
            expect(one.modelLower).toBeLessThanOrEqual(one.estimate);
            expect(one.modelUpper).toBeGreaterThanOrEqual(one.estimate);
            expect(one.stdError).toBeGreaterThanOrEqual(0);
            for (const value of Object.values(one)) expect(Number.isFinite(value)).toBe(true);
          }
          expect(level.es.estimate).toBeGreaterThanOrEqual(level.var.estimate);
          expect(level.var.estimate).toBeGreaterThanOrEqual(previous);
          previous = level.var.estimate;
          const sumVar = level.componentVar.reduce((sum, part) => sum + part, 0);
          const sumEs = level.componentEs.reduce((sum, part) => sum + part, 0);
          expect(relative(sumVar, level.var.estimate, gross)).toBeLessThan(1e-12);
          expect(relative(sumEs, level.es.estimate, gross)).toBeLessThan(1e-12);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('grows in proportion to the book', () => {
    fc.assert(
      fc.property(exposures, fc.double({ min: 1e-3, max: 1e3, noNaN: true }), (book, factor) => {
        const gross = book.reduce((sum, exposure) => sum + Math.abs(exposure), 0) * factor;
        const small = risk(book, [0.99]);
        const large = risk(
          book.map((exposure) => exposure * factor),
          [0.99],
        );
        expect(relative(large[0]!.var.estimate, factor * small[0]!.var.estimate, gross)).toBeLessThan(1e-9);
        expect(relative(large[0]!.es.upper, factor * small[0]!.es.upper, gross)).toBeLessThan(1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('is that of a plain sort over all weighted scenarios', () => {
    const random = createRandom(9);
    for (let run = 0; run < 6; run++) {
      const book = Array.from({ length: SYMBOLS }, () => 1000 * random.normal());
      const levels = risk(book, [0.95, 0.99]);
      for (const level of levels) {
        const naive = naiveBookRisk(market.book(book), scratch.strata, level.confidence);
        expect(relative(level.var.estimate, naive.valueAtRisk, naive.valueAtRisk)).toBeLessThan(1e-8);
        expect(relative(level.es.estimate, naive.shortfall, naive.shortfall)).toBeLessThan(1e-8);
        naive.componentEs.forEach((part, a) => {
          expect(relative(level.componentEs[a]!, part, naive.shortfall)).toBeLessThan(1e-8);
        });
      }
    }
  });

  it('of one symbol is exact, and the limit of a book in which the rest fades', () => {
    for (const exposure of [500, -500]) {
      const alone = risk([0, exposure, 0, 0, 0, 0]);
      const nearly = risk([0, exposure, 0, exposure * 1e-7, 0, 0]);
      alone.forEach((level, k) => {
        const unit = unitRisk(market.marginals[1]!, level.confidence, exposure < 0);
        expect(level.var.estimate).toBeCloseTo(500 * unit.valueAtRisk, 9);
        expect(level.es.estimate).toBeCloseTo(500 * unit.shortfall, 9);
        for (const measure of ['var', 'es'] as const)
          expect(Math.abs(nearly[k]![measure].estimate - level[measure].estimate)).toBeLessThan(
            5 * nearly[k]![measure].stdError,
          );
      });
    }
  });

  it('of two opposite positions in one law is small beside either', () => {
    const twin = jointMarket({ seed: 2, symbols: 2, correlation: 0.995, nu: 5, market: 3 });
    const hedged = bookRisk(twin.book([1000, -1000]), [0.99], 0.9, scratch)[0]!;
    const long = bookRisk(twin.book([1000, 0]), [0.99], 0.9, scratch)[0]!;
    const short = bookRisk(twin.book([0, -1000]), [0.99], 0.9, scratch)[0]!;
    expect(hedged.var.estimate).toBeLessThan(long.var.estimate + short.var.estimate);
    expect(hedged.componentVar[0]! * hedged.componentVar[1]!).toBeLessThan(0);
  });

  it('of nothing is nothing', () => {
    const [level] = risk([0, 0, 0, 0, 0, 0], [0.99]);
    expect(level!.var).toEqual({
      estimate: 0,
      lower: 0,
      upper: 0,
      modelLower: 0,
      modelUpper: 0,
      stdError: 0,
    });
  });

  it('is byte for byte the same when computed again', () => {
    const book = [100, -50, 30, 0, 80, -20];
    expect(JSON.stringify(risk(book))).toBe(JSON.stringify(risk(book)));
  });

  it('answers the same at one level whatever other levels are asked with it', () => {
    const book = [100, -50, 30, 0, 80, -20];
    const alone = risk(book, [0.99])[0]!;
    const among = risk(book, [0.9, 0.99, 0.999])[1]!;
    expect(among.var.estimate).toBe(alone.var.estimate);
    expect(relative(among.es.estimate, alone.es.estimate, alone.es.estimate)).toBeLessThan(1e-12);
  });

  it('under one elliptical law is the closed form, component by component', () => {
    const nu = 5;
    const scale = 1e-6;
    const elliptical = jointMarket({ seed: 12, symbols: 4, correlation: 0.5, nu, law: { scale, nu } });
    const weights = [300, -200, 500, 400];
    const sigma = weights.map((_, a) =>
      weights.reduce((sum, weight, b) => sum + weight * (a === b ? 1 : 0.5), 0),
    );
    const variance = weights.reduce((sum, weight, a) => sum + weight * sigma[a]!, 0);
    for (const level of bookRisk(elliptical.book(weights), [0.95, 0.975, 0.99], 0.9, scratch)) {
      const quantile = -studentQuantile(1 - level.confidence, nu);
      const value = scale * Math.sqrt(variance) * quantile;
      const tailMean =
        (studentPdf(quantile, nu) * (nu + quantile * quantile)) / ((nu - 1) * (1 - level.confidence));
      const shortfall = scale * Math.sqrt(variance) * tailMean;
      expect(Math.abs(level.var.estimate / value - 1)).toBeLessThan(0.004);
      expect(Math.abs(level.es.estimate / shortfall - 1)).toBeLessThan(0.004);
      weights.forEach((weight, a) => {
        const share = (weight * sigma[a]!) / variance;
        expect(Math.abs(level.componentEs[a]! / shortfall - share)).toBeLessThan(0.04);
        expect(Math.abs(level.componentVar[a]! / value - share)).toBeLessThan(0.06);
      });
    }
  });
});

describe('the second pass of a hedged book', () => {
  const mixed = jointMarket({ seed: 12, symbols: 4, correlation: 0.65, nu: 5 });
  const exposures = [300, -200, 500, -400];
  const second = (confidences: readonly number[], size = 1) =>
    bookRisk(
      mixed.book(
        exposures.map((exposure) => exposure * size),
        7,
      ),
      confidences,
      0.9,
      scratch,
    );

  it('is made, deterministic, in proportion to the book and blind to the other levels asked', () => {
    const [alone] = second([0.99]);
    expect(alone).not.toEqual(bookRisk(mixed.book(exposures), [0.99], 0.9, scratch)[0]);
    const among = second([0.9, 0.99, 0.999]);
    expect(second([0.99])[0]).toEqual(alone);
    expect(among[1]!.var.estimate).toBe(alone!.var.estimate);
    expect(relative(among[1]!.es.estimate, alone!.es.estimate, alone!.es.estimate)).toBeLessThan(1e-12);
    expect(second([0.99], 8)[0]!.var.estimate).toBe(8 * alone!.var.estimate);
    for (const { var: value, es } of among) expect(es.estimate).toBeGreaterThanOrEqual(value.estimate);
    expect(among[1]!.var.estimate).toBeGreaterThan(among[0]!.var.estimate);
    const sum = alone!.componentEs.reduce((total, part) => total + part, 0);
    expect(relative(sum, alone!.es.estimate, alone!.es.estimate)).toBeLessThan(1e-12);
  });

  it('under one elliptical law is the closed form', () => {
    const nu = 5;
    const { marginals, correlation } = jointMarket({
      seed: 12,
      symbols: 4,
      correlation: 0.5,
      nu,
      law: { scale: 1e-6, nu },
    });
    const weights = Float64Array.from(exposures, (exposure) => exposure / 1400);
    const proxy = bookProxy(weights, marginals, correlation, nu);
    const pass = tailPass({ weights, marginals, correlation, nu, seed: 7 }, proxy, 0.05)!;
    let variance = 0;
    weights.forEach((left, a) => {
      weights.forEach((right, b) => {
        variance += left * right * correlation[4 * a + b]!;
      });
    });
    for (const tail of [0.05, 0.01, 0.001]) {
      const quantile = -studentQuantile(tail, nu);
      const scale = 1e-6 * Math.sqrt(variance);
      const shortfall = (studentPdf(quantile, nu) * (nu + quantile * quantile)) / ((nu - 1) * tail);
      const reading = pass.read(tail);
      expect(Math.abs(reading.valueAtRisk / (scale * quantile) - 1)).toBeLessThan(0.005);
      expect(Math.abs(reading.shortfall / (scale * shortfall) - 1)).toBeLessThan(0.005);
    }
  });
});
