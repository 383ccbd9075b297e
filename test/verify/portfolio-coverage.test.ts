/**
 * Random long-short books over twelve real symbols, hour by hour, strictly out of sample: marginals from the
 * posteriors, dependence from the scores of past forecasts, VaR and ES from the joint scenarios. Checks that
 * the books are covered, that components sum to the whole, and that ES lies beyond VaR.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readMarketFile } from '../../src/cli/backtest/market-file.ts';
import { binomialTest } from '../../src/domain/backtest/binomial-test.ts';
import { observationAt, sliceSeries } from '../../src/domain/backtest/forecaster.ts';
import { holmAdjust } from '../../src/domain/backtest/holm.ts';
import { filteredScores } from '../../src/domain/dependence/filtered-scores.ts';
import { type JointLaw, jointLaw } from '../../src/domain/dependence/joint-law.ts';
import { type BookLeg, bookRisk, createBookScratch } from '../../src/domain/measure/book-risk.ts';
import { marginalFromMixture } from '../../src/domain/measure/marginal-exact.ts';
import { createMarginal, scoreOf } from '../../src/domain/measure/marginal-table.ts';
import { createAssetPosterior } from '../../src/domain/posterior/pool-posterior.ts';
import { createBaseDraws, fillCopulaRanks } from '../../src/domain/scenario/copula-ranks.ts';
import { fillEllipticalColumn } from '../../src/domain/scenario/elliptical-column.ts';
import { SCENARIOS } from '../../src/domain/scenario/lattice.ts';
import { fillReturnColumn } from '../../src/domain/scenario/return-column.ts';
import { createRandom } from '../../src/math/random.ts';
import { sharedPath } from '../support/shared-data.ts';

const FILE = 'binance-spot-wide12-close-1h-2017-2022.csv.gz';
const folder = sharedPath('data', 'market', 'crypto-intraday');
const SYMBOLS = [
  ...['BTCUSDT', 'XRPUSDT', 'ADAUSDT', 'LTCUSDT', 'DOGEUSDT', 'LINKUSDT'],
  ...['TRXUSDT', 'EOSUSDT', 'XLMUSDT', 'MATICUSDT', 'ATOMUSDT', 'CHZUSDT'],
];
const A = SYMBOLS.length;
/** Stretches spread evenly over the common history: one fortnight says more of its own weather than of the law. */
const STRETCHES = 6;
const STRETCH_HOURS = 40;
const HOURS = STRETCHES * STRETCH_HOURS;
const WINDOW = 2000;
const SCORE_ROWS = 512;
const BOOKS = 6;
const CONFIDENCES = [0.95, 0.99];
const HOUR_MS = 3_600_000;
const BASE = createBaseDraws(1, A);

/** Books of both signs; a third of the weights is zero. */
function randomBooks(): number[][] {
  const random = createRandom(2022, BOOKS);
  return Array.from({ length: BOOKS }, () =>
    SYMBOLS.map(() => (random.uniform() < 1 / 3 ? 0 : random.normal())),
  );
}

/** Marginals, scenario columns and dependence of one hour. */
function scenarios(law: JointLaw, simple: (symbol: number, rank: Uint16Array, out: Float32Array) => void) {
  const rank = new Uint16Array(A * SCENARIOS);
  fillCopulaRanks(BASE, law.correlation, law.nu, rank);
  return SYMBOLS.map((_, a) => {
    const own = rank.subarray(a * SCENARIOS, (a + 1) * SCENARIOS);
    const returns = new Float32Array(SCENARIOS);
    const elliptical = new Float32Array(SCENARIOS);
    simple(a, own, returns);
    fillEllipticalColumn(law.nu, own, elliptical);
    return { returns, elliptical };
  });
}

function studyBooks(path: string) {
  const histories = SYMBOLS.map(
    (column) => readMarketFile(path, { column, inputReturns: 'log' }).observations,
  );
  const shortest = Math.min(...histories.map(({ length }) => length));
  // All symbols trade to the end of the file, so equal distances from the end are equal hours.
  const series = histories.map((history) => sliceSeries(history, history.length - shortest, history.length));
  const posteriors = SYMBOLS.map((_, seed) =>
    createAssetPosterior({ intervalMs: HOUR_MS, particles: 64, seed }),
  );
  const marginals = SYMBOLS.map(() => createMarginal());
  const books = randomBooks();
  const hits = books.map(() => CONFIDENCES.map(() => 0));
  const scratch = createBookScratch();
  let worstSum = 0;
  const spacing = Math.floor((shortest - WINDOW - STRETCH_HOURS) / (STRETCHES - 1));
  let rows: number[][] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    const within = hour % STRETCH_HOURS;
    const t = WINDOW + spacing * Math.floor(hour / STRETCH_HOURS) + within;
    if (within === 0) {
      const past = series.map(({ logReturn }) => filteredScores(logReturn.subarray(t - SCORE_ROWS, t)));
      rows = Array.from({ length: SCORE_ROWS }, (_, row) => past.map((scores) => scores[row]!));
    }
    const times = new Set(series.map(({ openTimeMs }) => openTimeMs[t]));
    if (times.size !== 1) throw new Error(`the symbols do not share hour ${t}`);
    posteriors.forEach((posterior, a) => {
      if (within === 0) posterior.fit(sliceSeries(series[a]!, t - WINDOW, t));
      const stamp = { symbolIndex: a, steps: 1, horizonMs: HOUR_MS, lastOpenTimeMs: 0, seed: 1 };
      marginalFromMixture(posterior.predictive(), stamp, marginals[a]!);
    });
    const law = jointLaw(Float64Array.from(rows.flat()), rows.length, A);
    const columns = scenarios(law, (a, rank, out) => fillReturnColumn(marginals[a]!, rank, out));
    books.forEach((book, index) => {
      const kept = book.flatMap((exposure, a) => (exposure === 0 ? [] : [{ exposure, a }]));
      const legs: BookLeg[] = kept.map(({ exposure, a }) => ({
        exposure,
        marginal: marginals[a]!,
        ...columns[a]!,
      }));
      const correlation = Float64Array.from(
        { length: kept.length ** 2 },
        (_, at) => law.correlation[kept[Math.floor(at / kept.length)]!.a * A + kept[at % kept.length]!.a]!,
      );
      const levels = bookRisk({ legs, correlation, nu: law.nu }, CONFIDENCES, 0.9, scratch);
      const pnl = kept.reduce(
        (sum, { exposure, a }) => sum + exposure * Math.expm1(series[a]!.logReturn[t]!),
        0,
      );
      levels.forEach(({ var: value, es, componentVar, componentEs }, level) => {
        if (!(es.estimate > value.estimate)) throw new Error(`ES is not beyond VaR at hour ${t}`);
        const gap = (parts: Float64Array, whole: number) =>
          Math.abs(parts.reduce((sum, part) => sum + part, 0) - whole) / Math.abs(whole);
        worstSum = Math.max(worstSum, gap(componentVar, value.estimate), gap(componentEs, es.estimate));
        if (-pnl > value.estimate) hits[index]![level]!++;
      });
    });
    rows.shift();
    rows.push(marginals.map((marginal, a) => scoreOf(marginal, series[a]!.logReturn[t]!)));
    posteriors.forEach((posterior, a) => {
      posterior.observe(observationAt(series[a]!, t));
    });
  }
  return { hits, worstSum };
}

describe.skipIf(folder === undefined)('joint answers on real markets', () => {
  it(`covers ${BOOKS} random long-short books of ${A} symbols over ${HOURS} hours; components sum`, () => {
    const { hits, worstSum } = studyBooks(join(folder!, FILE));
    console.log(
      `exceedances of ${HOURS} at ${CONFIDENCES.join(', ')}: ${hits.map((h) => h.join('/')).join(' ')}`,
    );
    expect(worstSum).toBeLessThan(1e-9);
    const pValues = hits.flatMap((book) =>
      book.map((count, level) => binomialTest(count, HOURS, 1 - CONFIDENCES[level]!).pValue),
    );
    expect(Math.min(...holmAdjust(pValues).map((p) => p!))).toBeGreaterThan(0.01);
  });
});
