/**
 * Which series a folder of market files holds: one per file, and one per column of a wide file.
 * Names are the file's own, without folder and ending; a column follows after a colon.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { timeColumn } from '../backtest/bar-clock.ts';
import { type CsvTable, readCsvFile } from '../backtest/csv-table.ts';
import { inFile } from '../backtest/input-error.ts';
import { isTradeTable } from '../backtest/trade-bars.ts';

export interface StudySeries {
  readonly name: string;
  readonly path: string;
  /** Only for a column of a wide file. */
  readonly column?: string;
}

const FILE = /\.csv(\.gz)?$/;
const SINGLE = /^(close|close_price|log_return|return|return_pct|open_to_close_return)$/;

export function findSeries(folder: string, wide: boolean): StudySeries[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => FILE.test(name))
    .sort()
    .flatMap((name) => seriesOf(folder, join(folder, name), wide));
}

function seriesOf(folder: string, path: string, wide: boolean): StudySeries[] {
  const table = inFile(path, () => readCsvFile(path));
  const name = relative(folder, path).replace(FILE, '').split('/').at(-1)!;
  if (isTradeTable(table)) return [];
  if (table.columns.some((column) => SINGLE.test(column))) return [{ name, path }];
  return wide ? dataColumns(table).map((column) => ({ name: `${name}:${column}`, path, column })) : [];
}

function dataColumns(table: CsvTable): string[] {
  const time = timeColumn(table);
  return table.columns.filter((_, index) => index !== time);
}
