/**
 * Random long-short books, pairs and hedged baskets over twelve real symbols, hour by hour and strictly out of
 * sample, by the shared-memory path of the service: spread stretches and one contiguous one. Coverage is
 * judged by exact binomial bounds under Holm, on as many trials as the exceedances themselves show to be
 * independent; the same books with a VaR a fifth too small must be refused.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { holmAdjust } from '#domain/backtest/holm.ts';
import { createRandom } from '#math/random.ts';
import { bookEvidence, type Evidence, jointEvidence } from '../support/coverage-evidence.ts';
import { type ClosePanel, walkJointly } from '../support/joint-walk.ts';
import { sharedPath } from '../support/shared-data.ts';

const file = sharedPath('data', 'market', 'crypto-intraday', 'binance-spot-wide12-close-1h-2017-2022.csv.gz');
const HISTORY = 2000;
const SPREAD = 6;
const SPREAD_HOURS = 60;
const CONTIGUOUS_HOURS = 300;
const CONFIDENCES = [0.95, 0.99];
const UNDERSTATED = 0.8;
const OPTIONS = { historyBars: HISTORY, particles: 64, seed: 1, confidences: CONFIDENCES };

function readPanel(path: string): ClosePanel {
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  const rows = lines.slice(1).map((line) => line.split(','));
  const whole = rows.filter((cells) => cells.every((cell) => cell !== ''));
  const symbols = lines[0]!.split(',').slice(1);
  return {
    symbols,
    openTimeMs: whole.map(([time]) => Number(time)),
    close: symbols.map((_, a) => whole.map((cells) => Number(cells[a + 1]))),
  };
}

/** Sixteen random books of both signs, four pairs, four baskets against the first symbol. */
function books(symbols: number): number[][] {
  const random = createRandom(2022, 24);
  const every = Array.from({ length: symbols }, (_, a) => a);
  const loose = Array.from({ length: 16 }, () =>
    every.map(() => (random.uniform() < 1 / 3 ? 0 : random.normal())),
  );
  const pairs = [0, 3, 6, 9].map((long) => every.map((a) => (a === long ? 1 : a === long + 1 ? -1 : 0)));
  const baskets = [2, 4, 7, 11].map((size) => every.map((a) => (a === 0 ? -1 : a <= size ? 1 / size : 0)));
  return [...loose, ...pairs, ...baskets];
}

function study(panel: ClosePanel) {
  const all = books(panel.symbols.length);
  const starts = new Set<number>();
  const hits = CONFIDENCES.map((): number[][] => []);
  const understated = CONFIDENCES.map((): number[][] => []);
  let worstSum = 0;
  const walk = (from: number, hours: number): void => {
    starts.add(hits[0]!.length);
    walkJointly(panel, from, hours, OPTIONS, ({ hour, returns, value }) => {
      const rows = CONFIDENCES.map((): [number[], number[]] => [[], []]);
      for (const book of all) {
        const pnl = book.reduce((sum, exposure, a) => sum + exposure * returns[a]!, 0);
        // Incremental risk values the book once more per symbol: every tenth hour is proof enough of sums.
        const results = value(book, hour % 10 === 0);
        results.forEach(({ var: { estimate }, es, contributions }, level) => {
          if (!(es.estimate > estimate)) throw new Error(`ES is not beyond VaR at hour ${hour}`);
          if (contributions !== undefined) {
            const parts = contributions.reduce((sum, { componentVar }) => sum + componentVar, 0);
            const tails = contributions.reduce((sum, { componentEs }) => sum + componentEs, 0);
            worstSum = Math.max(worstSum, Math.abs(parts / estimate - 1), Math.abs(tails / es.estimate - 1));
          }
          rows[level]![0].push(-pnl > estimate ? 1 : 0);
          rows[level]![1].push(-pnl > UNDERSTATED * estimate ? 1 : 0);
        });
      }
      rows.forEach(([plain, low], level) => {
        hits[level]!.push(plain);
        understated[level]!.push(low);
      });
    });
  };
  const last = panel.openTimeMs.length;
  const spacing = Math.floor((last - HISTORY - CONTIGUOUS_HOURS - SPREAD_HOURS - 2) / (SPREAD - 1));
  for (let s = 0; s < SPREAD; s++) walk(HISTORY + 1 + s * spacing, SPREAD_HOURS);
  walk(last - CONTIGUOUS_HOURS, CONTIGUOUS_HOURS);
  return { hits, understated, starts, worstSum, books: all.length };
}

describe.skipIf(file === undefined)('joint answers on real markets', () => {
  it('cover 24 long-short books of 12 symbols, each and together; a VaR a fifth too small is refused', () => {
    const { hits, understated, starts, worstSum, books: count } = study(readPanel(file!));
    const hours = hits[0]!.length;
    console.log(`${hours} hours, ${hours * count} forecasts; components miss the sum by ${worstSum}`);
    expect(worstSum).toBeLessThan(1e-9);
    const single: Evidence[] = [];
    const together: Evidence[] = [];
    const refused: Evidence[] = [];
    CONFIDENCES.forEach((confidence, level) => {
      const tail = 1 - confidence;
      const each = bookEvidence(hits[level]!, tail, starts);
      const joint = jointEvidence(hits[level]!, tail, starts);
      const low = jointEvidence(understated[level]!, tail, starts);
      console.log(
        `${confidence}: ${each.map(({ share }) => Math.round(share * hours)).join(' ')} of ${hours} ` +
          `(worth ${each[0]!.trials}); together ${(100 * joint.share).toFixed(2)} %, ` +
          `worth ${joint.trials} trials, p ${joint.pValue.toFixed(3)}; ` +
          `a fifth too small: ${(100 * low.share).toFixed(2)} %, p ${low.pValue.toExponential(1)}`,
      );
      single.push(...each);
      together.push(joint);
      refused.push(low);
    });
    const least = (list: readonly Evidence[]): number =>
      Math.min(...holmAdjust(list.map(({ pValue }) => pValue)).map((p) => p!));
    expect(least(single)).toBeGreaterThan(0.01);
    expect(least(together)).toBeGreaterThan(0.01);
    expect(least(refused)).toBeLessThan(0.01);
  });
});
