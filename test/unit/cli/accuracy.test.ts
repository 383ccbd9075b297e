import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { judgeBars } from '../../../src/cli/accuracy/accuracy-bars.ts';
import { renderStudy } from '../../../src/cli/accuracy/accuracy-table.ts';
import type { SeriesStudy } from '../../../src/cli/accuracy/series-study.ts';
import { findSeries } from '../../../src/cli/accuracy/study-series.ts';

const folder = mkdtempSync(join(tmpdir(), 'accuracy-'));
afterAll(() => rmSync(folder, { recursive: true }));

function study(
  name: string,
  pool: number,
  p = 0.5,
  accuracy: number | null = 98,
  forecasts = 2000,
): SeriesStudy {
  const levels = (fz0: number) =>
    [0.95, 0.975, 0.99].map((confidence) => ({
      confidence,
      hits: 50,
      fz0,
      binomial: p,
      conditional: p,
      dq: p,
    }));
  const of = (id: string, fz0: number) => ({ name: id, levels: levels(fz0), accuracy, logScore: 3 });
  return {
    name,
    forecasts,
    first: 1500,
    intervalMs: 3_600_000,
    members: ['m'],
    forecasters: [
      of('bayes', pool),
      of('m', 0.72),
      of('hist', 0.9),
      of('ewma', 1),
      of('mle', 0.8),
      of('fhs', 0.76),
    ],
  };
}

describe('accuracy bars', () => {
  it('all are met where the pool wins, covers and is calibrated, save the references it has none of', () => {
    const bars = judgeBars([study('a', 0.71), study('b', 0.7)]);
    expect(bars.filter(({ met }) => !met).map(({ name }) => name)).toEqual([
      'largest gap in FZ0 to the reference scores (0 comparable)',
    ]);
  });

  it('each miss names its series', () => {
    const bars = judgeBars([
      study('good', 0.7),
      study('worse', 0.77),
      study('rejected', 0.7, 0.001),
      study('bent', 0.7, 0.5, 95),
    ]);
    const missed = (words: string) => bars.find(({ name }) => name.includes(words))?.missed;
    expect(missed('0.975 below the best peer')).toEqual(['worse']);
    expect(missed('0.975 to the best member')).toEqual(['worse']);
    expect(missed('binomial')).toEqual(['rejected']);
    expect(missed('calibration')).toEqual(['bent']);
  });

  it('references count only at the same number of forecasts', () => {
    const bar = (forecasts: number, fz0: number) =>
      judgeBars([study('binance-spot-BTCUSDT-1h-2017-2022', fz0, 0.5, 98, forecasts)]).find(({ name }) =>
        name.includes('reference'),
      )!;
    expect(bar(8000, 0.71).met).toBe(true);
    expect(bar(8000, 0.73)).toMatchObject({
      met: false,
      missed: ['binance-spot-BTCUSDT-1h-2017-2022 at 0.975'],
    });
    expect(bar(7999, 0.73).actual).toBe('none comparable');
  });

  it('the text holds every series and the count of bars', () => {
    const text = renderStudy([study('first', 0.7), study('second', 0.9)]);
    expect(text).toMatch(/^first /m);
    expect(text).toMatch(
      /MISSED bar 1: FZ0 at 0.975 below the best peer: 1 of 2 \(50 %\), target 90 %; not on second/,
    );
    expect(text).toMatch(/2 of the 3 accuracy bars met over 2 series$/);
    expect(text).not.toMatch(/NaN|undefined/);
  });
});

describe('series of a folder', () => {
  it('one per file, one per column of a wide file where asked, none for trades', () => {
    writeFileSync(join(folder, 'a.csv'), 'date,close\n2020-01-01,1\n');
    writeFileSync(join(folder, 'b-wide.csv'), 'date,X,Y\n2020-01-01,1,2\n');
    writeFileSync(join(folder, 'c.csv'), 'trade_id,time_ms,price,qty,is_buyer_maker\n1,1,1,1,true\n');
    expect(findSeries(folder, false).map(({ name }) => name)).toEqual(['a']);
    expect(findSeries(folder, true).map(({ name }) => name)).toEqual(['a', 'b-wide:x', 'b-wide:y']);
  });
});
