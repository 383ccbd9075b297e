/**
 * The command line of the backtest, parsed and checked before anything is read.
 */
import { parseArgs } from 'node:util';
import { type BookWeights, parseWeights } from './book-series.ts';
import { InputError } from './input-error.ts';

export interface BacktestOptions {
  readonly input: string;
  readonly confidences: readonly number[];
  /** Returns before the first forecast; negative: forecasts counted from the end. */
  readonly start?: number;
  readonly out?: string;
  readonly report?: string;
  readonly column?: string;
  readonly weights?: BookWeights;
  readonly returns?: 'log' | 'simple';
  readonly inputReturns: 'log' | 'simple';
  readonly interval?: string;
  readonly peers: boolean;
  readonly jobs: number;
  readonly window: number;
  readonly refit: number;
  readonly particles: number;
  readonly seed: number;
  readonly resume: boolean;
}

export const USAGE = `npm run backtest -- --input FILE [options]

Strictly out-of-sample VaR and expected shortfall for one series, and every test of them.

  --input FILE        CSV, plain or gzip: OHLCV bars, closes, returns, wide tables, trades
  --levels LIST       confidences, default 0.95,0.975,0.99
  --start N           returns used before the first forecast (default: the window, at most half the
                      series); -N forecasts the last N
  --out FILE          forecasts as CSV: time,return,var_95,es_95,...,pit
  --report FILE       report with plots, one self-contained HTML file
  --column NAME       which column; needed where the file holds several markets
  --weights LIST      a book of columns, e.g. BTCUSDT=0.5,ETHUSDT=-0.5
  --returns KIND      log or simple: the unit of the forecasts (default log; a book is simple)
  --input-returns K   log or simple: what a return column of the file holds (default log)
  --interval I        5m, 1h, 1d; found from the times when absent
  --no-peers          leave out the four peers (historical, EWMA, GJR-t, filtered historical)
  --jobs N            worker threads, default 2; the result does not depend on it
  --window N          observations per fit, default 2000
  --refit N           forecasts per fit, default 100
  --particles N       particles per model, default 512
  --seed N            default 1
  --resume            continue an interrupted run from its checkpoint beside --out

Exit codes: 0 done; 1 internal error; 2 wrong arguments; 3 a file that cannot be used; 130 interrupted.`;

export function parseOptions(argv: readonly string[]): BacktestOptions {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: joinNegatives(argv),
    options: {
      input: text,
      levels: text,
      start: text,
      out: text,
      report: text,
      column: text,
      weights: text,
      returns: text,
      'input-returns': text,
      interval: text,
      peers: flag,
      'no-peers': flag,
      jobs: text,
      window: text,
      refit: text,
      particles: text,
      seed: text,
      resume: flag,
    },
  });
  if (values.input === undefined) throw new InputError('--input is missing');
  if (values.weights !== undefined && values.column !== undefined)
    throw new InputError('--column and --weights exclude each other');
  const weights = values.weights === undefined ? undefined : parseWeights(values.weights);
  const returns = kindOption('returns', values.returns);
  if (weights !== undefined && returns === 'log')
    throw new InputError('a book with shorts has no log return: its returns are simple');
  if (values.resume === true && values.out === undefined) throw new InputError('--resume needs --out');
  return {
    input: values.input,
    confidences: parseLevels(values.levels ?? '0.95,0.975,0.99'),
    ...(values.start === undefined ? {} : { start: integer('start', values.start, -1e9) }),
    ...(values.out === undefined ? {} : { out: values.out }),
    ...(values.report === undefined ? {} : { report: values.report }),
    ...(values.column === undefined ? {} : { column: values.column }),
    ...(weights === undefined ? {} : { weights }),
    ...(returns === undefined ? {} : { returns }),
    inputReturns: kindOption('input-returns', values['input-returns']) ?? 'log',
    ...(values.interval === undefined ? {} : { interval: values.interval }),
    peers: values['no-peers'] !== true,
    jobs: integer('jobs', values.jobs ?? '2', 1),
    window: integer('window', values.window ?? '2000', 100),
    refit: integer('refit', values.refit ?? '100', 1),
    particles: integer('particles', values.particles ?? '512', 16),
    seed: integer('seed', values.seed ?? '1', 0),
    resume: values.resume === true,
  };
}

/** `--start -500` reads as an option to parseArgs; `--start=-500` does not. */
function joinNegatives(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const argument of argv) {
    const before = joined.at(-1);
    if (/^-\d+$/.test(argument) && before?.startsWith('--') && !before.includes('='))
      joined[joined.length - 1] = `${before}=${argument}`;
    else joined.push(argument);
  }
  return joined;
}

function parseLevels(text: string): number[] {
  const levels = text.split(',').map((part) => {
    const level = Number(part);
    if (part.trim() === '' || !(level >= 0.5 && level < 1))
      throw new InputError(`level "${part}" is not a confidence between 0.5 and 1, such as 0.99`);
    return level;
  });
  if (new Set(levels).size !== levels.length) throw new InputError('a level is given twice');
  return levels;
}

function integer(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || text.trim() === '' || value < least)
    throw new InputError(
      `--${name} "${text}" is not a whole number${least > -1e9 ? ` of at least ${least}` : ''}`,
    );
  return value;
}

function kindOption(name: string, text: string | undefined): 'log' | 'simple' | undefined {
  if (text === undefined || text === 'log' || text === 'simple') return text;
  throw new InputError(`--${name} is log or simple, not "${text}"`);
}
