/**
 * Every development series as observations: bar files by their OHLC, closes and return columns by their
 * returns, wide files column by column. Nothing is filled; an empty cell is no bar.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Bar } from '#domain/market/bar.ts';
import type { Observation, ObservationSeries } from '#domain/posterior/observation.ts';
import { observationSeries, observationsFromBars } from '#domain/posterior/observations-from-bars.ts';

const DAY = 86_400_000;

export interface NamedSeries {
  readonly name: string;
  readonly load: () => ObservationSeries;
}

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function readTable(path: string): Table {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trim().split('\n');
  return { columns: lines[0]!.split(','), rows: lines.slice(1).map((line) => line.split(',')) };
}

function timeOf(cell: string): number {
  if (/^\d{4}-/.test(cell)) return Date.parse(`${cell}T00:00:00Z`);
  const value = Number(cell);
  return value < 1e6 ? value * DAY : value;
}

function barsOf(table: Table, closeColumn: number): Bar[] {
  const at = (name: string): number => table.columns.indexOf(name);
  const [open, high, low, volume] = ['open', 'high', 'low', 'volume'].map(at) as [
    number,
    number,
    number,
    number,
  ];
  const rows = table.rows.filter((row) => row[closeColumn] !== '' && row[closeColumn] !== undefined);
  const intervalMs = smallestStep(rows.map((row) => timeOf(row[0]!)));
  return rows.map((row) => {
    const close = Number(row[closeColumn]);
    const cell = (column: number): number => (column < 0 ? close : Number(row[column]));
    return {
      openTimeMs: timeOf(row[0]!),
      intervalMs,
      open: cell(open),
      high: cell(high),
      low: cell(low),
      close,
      volume: volume < 0 ? Number.NaN : Number(row[volume]),
      trades: Number.NaN,
      realisedVariance: Number.NaN,
      complete: true,
    };
  });
}

function smallestStep(times: readonly number[]): number {
  let step = Number.POSITIVE_INFINITY;
  for (let t = 1; t < times.length; t++) step = Math.min(step, times[t]! - times[t - 1]!);
  return step;
}

interface ReturnColumns {
  readonly value: string;
  readonly scale: number;
  readonly realised?: { readonly column: string; readonly power: number };
}

function returnsOf(table: Table, columns: ReturnColumns): ObservationSeries {
  const value = table.columns.indexOf(columns.value);
  const realised = columns.realised === undefined ? -1 : table.columns.indexOf(columns.realised.column);
  let previous = Number.NaN;
  const list: Observation[] = table.rows
    .filter((row) => row[value] !== '' && row[value] !== undefined)
    .map((row) => {
      const openTimeMs = timeOf(row[0]!);
      const elapsedBars = openTimeMs > previous ? Math.round((openTimeMs - previous) / DAY) : 1;
      previous = openTimeMs;
      const measure = realised < 0 ? Number.NaN : Number(row[realised]) ** columns.realised!.power;
      return {
        openTimeMs,
        logReturn: Number(row[value]) * columns.scale,
        realisedVariance: measure,
        elapsedBars,
      };
    });
  return observationSeries(DAY, list);
}

const RETURN_FILES: Record<string, ReturnColumns> = {
  'dmbp-demgbp-returns-1984-1991': { value: 'return_pct', scale: 0.01 },
  'smi-returns-1990-2000': { value: 'return_pct', scale: 0.01 },
  'sp500ret-1987-2009': { value: 'log_return', scale: 1 },
  'spyreal-2002-2008': {
    value: 'open_to_close_return',
    scale: 1,
    realised: { column: 'realized_kernel_vol', power: 2 },
  },
  'oxfordman-spx-2000-2019': {
    value: 'open_to_close',
    scale: 1,
    realised: { column: 'rv5_ss', power: 1 },
  },
  'oxfordman-v01-djia-1996-2009': {
    value: 'return',
    scale: 1,
    realised: { column: 'realized_variance', power: 1 },
  },
  'oxfordman-v01-cac40-1996-2009': {
    value: 'return',
    scale: 1,
    realised: { column: 'realized_variance', power: 1 },
  },
};

/** All series under the data folder, in a fixed order. */
export function developmentSeries(root: string): NamedSeries[] {
  return ['crypto-intraday', 'crypto-daily', 'classic'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.csv.gz'))
      .sort()
      .flatMap((name) => seriesOfFile(join(root, folder, name))),
  );
}

function seriesOfFile(path: string): NamedSeries[] {
  const name = basename(path, '.csv.gz');
  const returns = RETURN_FILES[name];
  if (returns !== undefined) return [{ name, load: () => returnsOf(readTable(path), returns) }];
  if (!name.includes('wide')) {
    return [{ name, load: () => loadBars(readTable(path)) }];
  }
  const { columns } = readTable(path);
  const areReturns = name.includes('ret');
  return columns.slice(1).map((column, k) => ({
    name: `${name}:${column}`,
    load: () =>
      areReturns
        ? returnsOf(readTable(path), { value: column, scale: 1 })
        : observationsFromBars(barsOf(readTable(path), k + 1)),
  }));
}

function loadBars(table: Table): ObservationSeries {
  return observationsFromBars(barsOf(table, table.columns.indexOf('close')));
}
