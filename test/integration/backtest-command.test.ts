import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closesCsv, clusteredReturns } from '../support/return-series.ts';

const COMMAND = join(import.meta.dirname, '../../src/cli/backtest.ts');
const folder = mkdtempSync(join(tmpdir(), 'backtest-'));
const input = join(folder, 'closes.csv');
/** Each of these runs the command several times, in processes of their own. */
const SEVERAL_RUNS_MS = 90_000;
const SMALL = ['--particles', '16', '--window', '200', '--refit', '25', '--start', '250'];

beforeAll(() => writeFileSync(input, closesCsv(clusteredReturns(550, 1))));
afterAll(() => rmSync(folder, { recursive: true }));

function run(...argv: string[]) {
  return spawnSync(process.execPath, [COMMAND, ...argv], { encoding: 'utf8' });
}

function file(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

describe('backtest command', () => {
  it(
    'one file in: forecasts, tables and report out, equal for any number of jobs',
    () => {
      const one = run('--input', input, '--out', join(folder, 'one.csv'), '--jobs', '1', ...SMALL);
      const report = join(folder, 'three.html');
      const three = run(
        '--input',
        input,
        '--out',
        join(folder, 'three.csv'),
        '--jobs',
        '3',
        '--report',
        report,
        ...SMALL,
      );
      expect([one.status, three.status]).toEqual([0, 0]);
      expect(file('three.csv')).toBe(file('one.csv'));
      expect(three.stdout).toBe(one.stdout);
      const [comment, header, ...rows] = file('one.csv').trimEnd().split('\n');
      expect(comment).toMatch(/^# returns: log/);
      expect(header).toBe('time,return,var_95,es_95,var_97.5,es_97.5,var_99,es_99,pit');
      expect(rows).toHaveLength(300);
      for (const row of rows) {
        const [, value, v95, e95, v975, e975, v99, e99, pit] = row.split(',').map(Number);
        expect(Number.isFinite(value)).toBe(true);
        expect(v95! < e95! && v975! < e975! && v99! < e99!).toBe(true);
        expect(v95! < v975! && v975! < v99!).toBe(true);
        expect(pit! > 0 && pit! < 1).toBe(true);
      }
      for (const name of ['bayes', 'hist', 'ewma', 'mle', 'fhs'])
        expect(one.stdout).toMatch(new RegExp(`^${name} `, 'm'));
      expect(file('three.html')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
      expect(existsSync(join(folder, 'one.csv.checkpoint'))).toBe(false);
    },
    SEVERAL_RUNS_MS,
  );

  it(
    'interrupted and resumed, even after a torn line, the file is the uninterrupted one',
    async () => {
      const argv = [
        '--input',
        input,
        '--out',
        join(folder, 'cut.csv'),
        '--jobs',
        '1',
        '--no-peers',
        ...SMALL,
      ];
      const whole = run(...argv.map((part) => part.replace('cut.csv', 'whole.csv')));
      expect(whole.status).toBe(0);
      const child = spawn(process.execPath, [COMMAND, ...argv], { stdio: ['ignore', 'ignore', 'pipe'] });
      let messages = '';
      child.stderr.on('data', (chunk: Buffer) => {
        messages += chunk.toString();
        if (/\] [1-9]\d*\/300/.test(messages)) child.kill('SIGINT');
      });
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect(code, messages).toBe(130);
      expect(messages).toMatch(/interrupted: run again with --resume/);
      expect(existsSync(join(folder, 'cut.csv'))).toBe(false);
      const checkpoint = join(folder, 'cut.csv.checkpoint');
      expect(readFileSync(checkpoint, 'utf8').trimEnd().split('\n').length).toBeGreaterThan(1);
      writeFileSync(checkpoint, `${readFileSync(checkpoint, 'utf8')}{"block":3,"results":[{"na`);
      const resumed = run(...argv, '--resume');
      expect(resumed.status).toBe(0);
      expect(file('cut.csv')).toBe(file('whole.csv'));
      expect(resumed.stdout).toBe(whole.stdout);
    },
    SEVERAL_RUNS_MS,
  );

  it('a checkpoint of another run is refused', () => {
    writeFileSync(join(folder, 'other.csv.checkpoint'), '{"key":"not this run"}\n');
    const refused = run('--input', input, '--out', join(folder, 'other.csv'), '--resume', ...SMALL);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toMatch(/belongs to a run with other data or options/);
  });

  it.each([
    ['wrong arguments', ['--input', 'f', '--levels', '7'], 2, /level "7"/],
    [
      'no such file',
      ['--input', '/nowhere.csv'],
      3,
      /^error: \/nowhere\.csv: cannot be read: ENOENT: no such file or directory$/m,
    ],
    ['a start beyond the end', ['--input', input, '--start', '9999'], 3, /leaves nothing to forecast/],
    ['help', ['--help'], 0, /^$/],
  ])('%s exits with its code and words', (_, argv, status, message) => {
    const result = run(...argv);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(message);
  });

  it('a gzip file cut short is named once', () => {
    const cut = join(folder, 'cut.csv.gz');
    writeFileSync(cut, gzipSync(closesCsv(clusteredReturns(400, 2))).subarray(0, 900));
    const result = run('--input', cut);
    expect(result.status).toBe(3);
    expect(result.stderr).toBe(`error: ${cut}: damaged gzip: unexpected end of file\n`);
  });

  it('a hole in the data is told in the report', () => {
    const holed = join(folder, 'holed.csv');
    const rows = closesCsv(clusteredReturns(330, 2)).split('\n');
    writeFileSync(holed, rows.toSpliced(100, 7).join('\n'));
    const report = join(folder, 'holed.html');
    const result = run('--input', holed, '--report', report, ...SMALL);
    expect(result.status).toBe(0);
    const note = '1 gaps, 7 bars missing: each gap is one longer return, nothing was filled';
    expect(result.stderr).toContain(`note: ${note}`);
    expect(readFileSync(report, 'utf8')).toContain(`<li>${note}</li>`);
  });

  it('thirty rows are too few, and it says how many are needed', () => {
    const short = join(folder, 'short.csv');
    writeFileSync(short, closesCsv(clusteredReturns(29, 2)));
    const result = run('--input', short);
    expect(result.status).toBe(3);
    expect(result.stderr).toMatch(/insufficient history: 29 returns, and 50 are needed/);
  });

  it(
    'a crash of 99 % inside the series gives finite, ordered forecasts',
    () => {
      const crashed = clusteredReturns(420, 3);
      crashed[320] = Math.log(0.01);
      writeFileSync(join(folder, 'crash.csv'), closesCsv(crashed));
      const out = join(folder, 'crash-out.csv');
      const result = run('--input', join(folder, 'crash.csv'), '--out', out, '--returns', 'simple', ...SMALL);
      expect(result.status, result.stderr).toBe(0);
      expect(result.stderr).toMatch(/largest move in one bar -99.0 %/);
      for (const row of file('crash-out.csv').trimEnd().split('\n').slice(2)) {
        const cells = row.split(',').map(Number);
        expect(cells.every(Number.isFinite)).toBe(true);
        expect(cells[3]! > cells[2]! && cells[7]! > cells[6]! && cells[7]! < 1).toBe(true);
      }
    },
    SEVERAL_RUNS_MS,
  );
});
