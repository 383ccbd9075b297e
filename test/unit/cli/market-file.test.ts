import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { formatInterval, parseInterval } from '../../../src/cli/backtest/bar-clock.ts';
import { parseWeights } from '../../../src/cli/backtest/book-series.ts';
import { parseCsv } from '../../../src/cli/backtest/csv-table.ts';
import {
  type MarketFileOptions,
  marketSeries,
  readMarketFile,
} from '../../../src/cli/backtest/market-file.ts';
import { sharedPath } from '../../support/shared-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'market-file-'));
afterAll(() => rmSync(folder, { recursive: true }));

const HOUR = 3_600_000;
const LOG: MarketFileOptions = { inputReturns: 'log' };

function read(text: string, options: MarketFileOptions = LOG) {
  const interval = options.interval === undefined ? undefined : parseInterval(options.interval);
  return marketSeries(parseCsv(text), interval, options);
}

/** Hourly rows from a header and the cells after the time. */
function hourly(header: string, cells: readonly string[]): string {
  return [`open_time_ms,${header}`, ...cells.map((cell, t) => `${t * HOUR + 1.6e12},${cell}`)].join('\n');
}

describe('formats', () => {
  it('OHLCV: log returns of closes, realised variance of the range, a bar without trades passed over', () => {
    const text = hourly('open,high,low,close,volume', [
      '100,101,99,100,5',
      '100,103,99,102,5',
      '102,102,102,102,0',
      '102,104,101,103,5',
    ]);
    const { observations, stamps, notes } = read(text);
    expect([...observations.logReturn]).toEqual([Math.log(102 / 100), Math.log(103 / 102)]);
    expect(observations.realisedVariance[0]).toBeGreaterThan(0);
    expect([...observations.elapsedBars]).toEqual([1, 2]);
    expect(stamps).toEqual([String(1.6e12 + HOUR), String(1.6e12 + 3 * HOUR)]);
    expect(notes.join()).toMatch(/1 bars without a trade.*1 gaps, 1 bars missing/);
  });

  it('date,close on weekdays keeps sessions: weekends are no gaps', () => {
    const days = Array.from({ length: 40 }, (_, day) => new Date(Date.UTC(2020, 0, 6 + day)));
    const rows = days.filter((day) => day.getUTCDay() % 6 !== 0);
    const text = `date,close\n${rows.map((day, t) => `${day.toISOString().slice(0, 10)},${100 + (t % 3)}`).join('\n')}`;
    const { observations, notes } = read(text);
    expect(observations.intervalMs).toBe(24 * HOUR);
    expect(new Set(observations.elapsedBars)).toEqual(new Set([1]));
    expect(notes).toContain('sessions: nights and weekends are not gaps');
  });

  it('a market that keeps sessions tells of pauses longer than holidays', () => {
    const days = Array.from({ length: 120 }, (_, day) => new Date(Date.UTC(2020, 0, 6 + day)));
    const rows = days.filter(
      (day, t) => day.getUTCDay() % 6 !== 0 && !(t >= 20 && t < 30) && !(t >= 50 && t < 80),
    );
    const text = `date,close\n${rows.map((day, t) => `${day.toISOString().slice(0, 10)},${100 + (t % 3)}`).join('\n')}`;
    expect(read(text).notes).toContain(
      'degraded: 2 pauses of more than a week, the longest of 31 days, until 2020-03-26; each is taken as one bar',
    );
  });

  it('percent returns are divided, a counter for time is told, a volatility is squared', () => {
    const percent = read('t,return_pct,monday_dummy\n1,0.5,0\n2,-1.5,1\n3,0.25,0\n');
    expect([...percent.observations.logReturn]).toEqual([0.005, -0.015, 0.0025]);
    expect(percent.notes.join()).toMatch(/no dates/);
    const realised = read(
      'date,open_to_close_return,realized_kernel_vol\n2020-01-01,0.01,0.02\n2020-01-02,-0.02,0.01\n',
    );
    expect([...realised.observations.realisedVariance]).toEqual([0.0004, 0.0001]);
  });

  it('simple returns in the file become log returns inside', () => {
    const { observations } = read('date,return\n2020-01-01,0.1\n2020-01-02,-0.2\n', {
      inputReturns: 'simple',
    });
    expect([...observations.logReturn]).toEqual([Math.log1p(0.1), Math.log1p(-0.2)]);
  });

  it('a wide column begins at its listing and tells of its holes', () => {
    const text = hourly('aaa,bbb', ['1,', '2,10', '3,', '4,20', '5,60']);
    const { observations, notes } = read(text, { ...LOG, column: 'BBB' });
    expect([...observations.logReturn]).toEqual([Math.log(20 / 10), Math.log(60 / 20)]);
    expect([...observations.elapsedBars]).toEqual([2, 1]);
    expect(notes[0]).toBe('2 rows without a value of bbb');
  });

  it('a book is the weighted sum of simple returns from where all its legs exist', () => {
    const text = hourly('aaa,bbb', ['1,', '2,10', '4,20', '4,10', '3,10']);
    const book = read(text, { ...LOG, weights: parseWeights('AAA=0.5,BBB=-1') });
    expect(book.kind).toBe('book');
    expect([...book.observations.logReturn]).toEqual([0.5 * 1 - 1, 0 + 0.5, -0.125]);
    expect(book.notes[0]).toMatch(/begins at/);
  });

  it('trades become bars', () => {
    const text =
      'trade_id,time_ms,price,qty,is_buyer_maker\n1,60000,10,1,true\n2,61000,12,1,true\n3,120500,11,2,false\n4,185000,13,1,true\n';
    writeFileSync(join(folder, 'trades.csv'), text);
    const { observations, notes } = readMarketFile(join(folder, 'trades.csv'), LOG);
    expect([...observations.logReturn]).toEqual([Math.log(11 / 12), Math.log(13 / 11)]);
    expect(notes[0]).toBe('bars of 1m built from 4 trades');
  });

  it('gzip, a byte-order mark, carriage returns, quotes and comments are read', () => {
    const text = '\uFEFF# a comment\r\n"date","close"\r\n2020-01-01,"1"\r\n2020-01-02,2\r\n2020-01-03,1\r\n';
    writeFileSync(join(folder, 'odd.csv.gz'), gzipSync(text));
    expect(readMarketFile(join(folder, 'odd.csv.gz'), LOG).observations.length).toBe(2);
  });

  it.each([
    ['1h', HOUR],
    ['5m', 300_000],
    ['1d', 24 * HOUR],
  ])('the interval %s is read and written back', (text, ms) => {
    expect(parseInterval(text)).toBe(ms);
    expect(formatInterval(ms)).toBe(text);
  });
});

describe('bad files name their line', () => {
  const closes = (cells: readonly string[]) => hourly('close', cells);
  it.each([
    ['a zero price', closes(['1', '0', '2']), /line 3: close is not above zero: 0/],
    ['a price below zero', closes(['1', '-1', '2']), /line 3: close is not above zero: -1/],
    ['text', closes(['1', '2', 'abc']), /line 4: close is not a number: "abc"/],
    ['more than a number holds', closes(['1', '1e999', '2']), /line 3: close is not a number: "1e999"/],
    ['no rows', closes([]), /line 1: there is nothing below the header/],
    ['NaN', closes(['1', 'NaN', '2']), /line 3: close is not a number: "NaN"/],
    ['an empty close', closes(['1', '', '2']), /line 3: close is empty/],
    ['constant prices', closes(['7', '7', '7', '7']), /every price is equal/],
    [
      'a repeated stamp',
      'date,close\n2020-01-01,1\n2020-01-01,2\n',
      /line 3: the time 2020-01-01 is that of line 2 again/,
    ],
    [
      'stamps out of order',
      'date,close\n2020-01-02,1\n2020-01-01,2\n',
      /line 3: .* lies before that of line 2/,
    ],
    [
      'a date that is none',
      'date,close\n2020-01-01,1\nyesterday,2\n',
      /line 3: date is not a time: "yesterday"/,
    ],
    ['a short row', 'date,close\n2020-01-01,1\n2020-01-02\n', /line 3: 1 cells where the header has 2/],
    ['no header', '1,2\n3,4\n', /line 1: the first line must name the columns/],
    ['an empty file', '', /the file is empty/],
    ['one row', 'date,close\n2020-01-01,1\n', /interval cannot be found|no return/],
    [
      'a range that excludes the close',
      hourly('open,high,low,close', ['1,2,1,3', '1,2,1,2']),
      /line 2: .* lies outside low 1 to high 2/,
    ],
    ['several markets', hourly('aaa,bbb', ['1,2', '2,3']), /Give --column with one of aaa, bbb/],
    [
      'a row between two bars',
      'time,close\n1600000000000,1\n1600003600000,2\n1600004200000,3\n1600007800000,4\n',
      /line 4: only 10m after the row above, where a bar is 1h/,
    ],
    ['equal column names', 'date,a,a\n', /two columns are named a/],
    [
      'a price with a wrong sign',
      hourly('aaa,bbb', ['40000,1', '-40001,1']),
      /line 3: aaa is -40001: neither/,
    ],
  ])('%s', (name, text, message) => {
    const options = name === 'a price with a wrong sign' ? { ...LOG, column: 'aaa' } : LOG;
    expect(() => read(text, options)).toThrow(message);
  });

  it('unknown columns, damaged gzip and missing files are told in words', () => {
    expect(() => read(closes(['1', '2']), { ...LOG, column: 'x' })).toThrow(/no column "x"; the file has/);
    writeFileSync(join(folder, 'bad.csv.gz'), Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]));
    expect(() => readMarketFile(join(folder, 'bad.csv.gz'), LOG)).toThrow(/damaged gzip/);
    expect(() => readMarketFile(join(folder, 'none.csv'), LOG)).toThrow(
      /^cannot be read: ENOENT: no such file or directory$/,
    );
  });

  it('an interval that is not that of the rows is refused', () => {
    expect(() => read(closes(['1', '2', '3']), { ...LOG, interval: '1d' })).toThrow(
      /rows are mostly 1h apart, not 1d/,
    );
  });

  it('a price that stands still for a day of hours is declared degraded', () => {
    const { notes } = read(closes(['1', '2', ...Array(25).fill('2'), '3']));
    expect(notes.join()).toMatch(/degraded: the price stands still for up to 25 bars/);
  });

  it('a fall of 99 % is data, and is told', () => {
    const { observations, notes } = read(closes(['100', '1', '1.1', '1.2']));
    expect(observations.logReturn[0]).toBeCloseTo(Math.log(0.01), 12);
    expect(notes).toContain('largest move in one bar -99.0 %');
  });
});

describe('real files', () => {
  const market = sharedPath('data', 'market');
  it.skipIf(market === undefined).each([
    [
      'crypto-intraday/binance-spot-BTCUSDT-1h-2017-2022.csv.gz',
      LOG,
      45_020,
      '1h',
      /28 gaps, 130 bars missing/,
    ],
    ['crypto-daily/btcusd-index-1d-2010-2018.csv.gz', LOG, 2873, '1d', /largest move/],
    ['classic/dmbp-demgbp-returns-1984-1991.csv.gz', LOG, 1974, '1d', /no dates/],
    ['classic/oxfordman-spx-2000-2019.csv.gz', LOG, 5016, '1d', /sessions/],
    ['classic/spyreal-2002-2008.csv.gz', LOG, 1662, '1d', /sessions/],
    ['classic/dji30ret-wide30-1987-2009.csv.gz', { ...LOG, column: 'IBM' }, 5521, '1d', /sessions/],
    ['classic/usdchf-30m-1996-2001.csv.gz', LOG, 62_495, '30m', /sessions/],
  ] as const)('%s', (file, options, returns, interval, note) => {
    const series = readMarketFile(join(market!, file), options);
    expect(series.observations.length).toBe(returns);
    expect(formatInterval(series.observations.intervalMs)).toBe(interval);
    expect(series.notes.join('; ')).toMatch(note);
    expect(series.observations.logReturn.every(Number.isFinite)).toBe(true);
  });
});
