import { describe, expect, it } from 'vitest';
import { forecastCsv, percentLabel } from '../../../src/cli/backtest/forecast-csv.ts';
import { parseOptions } from '../../../src/cli/backtest/options.ts';
import { createProgress } from '../../../src/cli/backtest/progress.ts';
import { renderReport } from '../../../src/cli/backtest/report-page.ts';
import { returnTable } from '../../../src/cli/backtest/return-statistics.ts';
import { renderTable, resultTables } from '../../../src/cli/backtest/summary-table.ts';
import { cellMaximum, cellsOf } from '../../../src/cli/backtest/thinned-path.ts';
import { compareForecasters } from '../../../src/domain/backtest/comparison.ts';
import { scorecard } from '../../../src/domain/backtest/scorecard.ts';
import { clusteredReturns } from '../../support/return-series.ts';

const COUNT = 600;

function track(name: string, factor: number) {
  const outcome = clusteredReturns(COUNT, 5);
  return {
    name,
    length: COUNT,
    outcome,
    levels: [0.975, 0.99].map((confidence) => ({
      confidence,
      valueAtRisk: new Float64Array(COUNT).fill(factor * (confidence - 0.96)),
      expectedShortfall: new Float64Array(COUNT).fill(factor * (confidence - 0.955)),
    })),
    pit: Float64Array.from({ length: COUNT }, (_, t) => (t + 0.5) / COUNT),
    logScore: new Float64Array(0),
  };
}

describe('options', () => {
  it('defaults, negative starts and books', () => {
    expect(parseOptions(['--input', 'f'])).toMatchObject({
      confidences: [0.95, 0.975, 0.99],
      window: 2000,
      refit: 100,
      jobs: 2,
      peers: true,
    });
    expect(parseOptions(['--input', 'f', '--start', '-500', '--no-peers'])).toMatchObject({
      start: -500,
      peers: false,
    });
    expect([...parseOptions(['--input', 'f', '--weights', 'A=0.5,B=-0.5']).weights!]).toEqual([
      ['a', 0.5],
      ['b', -0.5],
    ]);
  });

  it.each([
    [[], /--input is missing/],
    [['--input', 'f', '--levels', '0.95,1.2'], /level "1.2"/],
    [['--input', 'f', '--levels', '0.9,0.9'], /given twice/],
    [['--input', 'f', '--jobs', 'many'], /--jobs "many"/],
    [['--input', 'f', '--window', '5'], /at least 100/],
    [['--input', 'f', '--returns', 'net'], /log or simple/],
    [['--input', 'f', '--weights', 'A'], /not like BTCUSDT=0.5/],
    [['--input', 'f', '--weights', 'A=0,B=0'], /every weight is zero/],
    [['--input', 'f', '--weights', 'A=1', '--returns', 'log'], /no log return/],
    [['--input', 'f', '--weights', 'A=1', '--column', 'A'], /exclude each other/],
    [['--input', 'f', '--resume'], /needs --out/],
    [['--nonsense'], /nonsense/],
  ])('%j is refused', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});

describe('forecast file', () => {
  it('has the stated columns, a comment with the unit, and plain decimals', () => {
    const stamps = Array.from({ length: COUNT }, (_, t) => `2020-${t}`);
    const [comment, header, first, ...rest] = forecastCsv(track('bayes', 1), stamps, 'log', '1h').split('\n');
    expect(comment).toMatch(/^# returns: log; losses positive; one bar of 1h ahead/);
    expect(header).toBe('time,return,var_97.5,es_97.5,var_99,es_99,pit');
    expect(first).toMatch(/^2020-0,-?0\.\d+,0\.015,0\.02,0\.03,0\.035,0\.\d+$/);
    expect(rest).toHaveLength(COUNT);
    expect([0.95, 0.975, 0.99, 0.999].map(percentLabel)).toEqual(['95', '97.5', '99', '99.9']);
  });
});

describe('summary and report', () => {
  const tracks = [track('bayes', 1), track('hist', 0.6)];
  const cards = tracks.map(scorecard);
  const comparisons = compareForecasters(tracks);
  const tables = resultTables(cards, comparisons);

  it('every table is rectangular, names every forecaster and holds no NaN', () => {
    expect(tables).toHaveLength(5);
    for (const table of tables) {
      expect(table.rows.map(([name]) => name)).toEqual(['bayes', 'hist']);
      for (const row of table.rows) expect(row).toHaveLength(table.header.length);
      expect(renderTable(table)).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('the page is whole, fetches nothing, escapes names, and is the same each time', () => {
    const content = {
      source: 'close <b>',
      notes: ['a & b'],
      stamps: Array.from({ length: COUNT }, (_, t) => String(1.6e12 + t * 3.6e6)),
      tracks,
      cards,
      comparisons,
      tables,
      weights: { names: ['m1', 'm2'], paths: [0.4, 0.6].map((w) => new Float64Array(COUNT).fill(w)) },
    };
    const page = renderReport(content);
    expect(page.match(/<svg /g)).toHaveLength(2 + 1 + 1 + 2);
    expect(page).not.toMatch(/<script|src=|href=|url\(|NaN|undefined|<b>/);
    expect(page).toContain('close &#60;b&#62;');
    expect(page.split('<table>').length).toBe(6);
    expect(renderReport(content)).toBe(page);
  });

  it('returns are described, and too few of them are not', () => {
    const [row] = returnTable(Float64Array.of(-0.02, -0.01, 0, 0.01, 0.02)).rows;
    expect(row!.slice(1, 4)).toEqual(['0.000', '1.414', '0.000']);
    expect(new Set(returnTable(Float64Array.of(0.01)).rows[0]!.slice(1))).toEqual(new Set(['-']));
  });

  it('thinning keeps the extremes', () => {
    const path = Float64Array.from({ length: 1000 }, (_, t) => (t === 777 ? 9 : 0));
    expect(Math.max(...cellMaximum(cellsOf(1000, 50), path))).toBe(9);
    expect(cellsOf(3, 50).from).toEqual([0, 1, 2]);
  });
});

describe('progress', () => {
  it('redraws on a terminal and writes one line per tenth elsewhere', () => {
    const run = (isTTY: boolean) => {
      const texts: string[] = [];
      const progress = createProgress({ isTTY, write: (text: string) => texts.push(text) }, 100, 20);
      for (let i = 0; i < 80; i++) progress.advance(1);
      progress.finish();
      return texts;
    };
    expect(run(true).at(0)).toMatch(/^\r/);
    expect(run(true)).toHaveLength(82);
    expect(run(false)).toHaveLength(8);
    expect(run(false).at(-1)).toMatch(/100\/100 forecasts/);
  });
});
