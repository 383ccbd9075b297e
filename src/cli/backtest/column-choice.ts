/**
 * Which column of a table is the market. Names are matched without regard to case.
 * A price column becomes log returns; a return column is read as log returns, `_pct` ones divided by 100.
 */

import { timeColumn } from './bar-clock.ts';
import { type CsvTable, numberAt } from './csv-table.ts';
import { InputError, lineError } from './input-error.ts';

export interface ColumnChoice {
  readonly column: number;
  readonly kind: 'price' | 'return';
  /** What a cell is divided by: 100 for percent returns. */
  readonly divisor: number;
  /** Columns of the bar's range, all four or none. */
  readonly range?: { readonly open: number; readonly high: number; readonly low: number };
  readonly open?: number;
  readonly volume?: number;
  readonly trades?: number;
  /** A realised variance of the bar (power 1), or a volatility to be squared (power 2). */
  readonly realised?: { readonly column: number; readonly power: 1 | 2 };
}

const CLOSES = ['close', 'close_price', 'adj_close', 'adj close', 'price', 'last'];
const RETURNS = ['log_return', 'return', 'return_pct', 'open_to_close_return', 'open_to_close'];
const REALISED = ['realized_variance', 'realised_variance', 'rv5', 'realized_kernel', 'rk_parzen'];
const VOLATILITIES = ['realized_kernel_vol', 'realised_volatility', 'realized_vol'];
/** No market moves by e^20 in a bar: larger "returns" are prices with a wrong sign. */
const LARGEST_RETURN = 20;

export function chooseColumn(table: CsvTable, wanted: string | undefined): ColumnChoice {
  const find = (names: readonly string[]) =>
    names.map((name) => table.columns.indexOf(name)).find((index) => index >= 0);
  const column = wanted === undefined ? (find(CLOSES) ?? find(RETURNS)) : namedColumn(table, wanted);
  const chosen = column ?? onlyDataColumn(table);
  const name = table.columns[chosen]!;
  const realised = realisedColumn(table);
  if (looksLikeReturns(table, chosen, name))
    return { column: chosen, kind: 'return', divisor: /pct|percent/.test(name) ? 100 : 1, ...realised };
  const optional = (key: 'open' | 'volume' | 'trades', names: readonly string[]) => {
    const index = find(names);
    return index === undefined ? {} : { [key]: index };
  };
  const [open, high, low] = ['open', 'high', 'low'].map((key) => table.columns.indexOf(key));
  const main = CLOSES.includes(name);
  return {
    column: chosen,
    kind: 'price',
    divisor: 1,
    ...(main && open! >= 0 && high! >= 0 && low! >= 0
      ? { range: { open: open!, high: high!, low: low! } }
      : {}),
    ...(main ? optional('open', ['open', 'open_price']) : {}),
    ...(main ? optional('volume', ['volume']) : {}),
    ...(main ? optional('trades', ['trades']) : {}),
    ...(main ? realised : {}),
  };
}

export function namedColumn(table: CsvTable, name: string): number {
  const index = table.columns.indexOf(name.toLowerCase());
  if (index < 0)
    throw new InputError(`there is no column "${name}"; the file has ${table.columns.join(', ')}`);
  return index;
}

/** By name, or because a value is below zero: prices never are. */
export function looksLikeReturns(table: CsvTable, column: number, name: string): boolean {
  if (CLOSES.includes(name)) return false;
  if (/return|_pct$/.test(name) || RETURNS.includes(name)) return true;
  const row = table.rows.find(({ cells }) => cells[column]!.startsWith('-'));
  if (row === undefined) return false;
  for (const other of table.rows)
    if (other.cells[column] !== '' && Math.abs(numberAt(table, other, column)) > LARGEST_RETURN)
      throw lineError(row.line, `${name} is ${row.cells[column]}: neither a price nor a log return`);
  return true;
}

function onlyDataColumn(table: CsvTable): number {
  const time = timeColumn(table);
  const data = table.columns.map((_, index) => index).filter((index) => index !== time);
  if (data.length === 1) return data[0]!;
  const names = data.map((index) => table.columns[index]).join(', ');
  throw new InputError(
    data.length === 0
      ? 'the file has one column only: a time and a price are needed'
      : `which market? Give --column with one of ${names}, or --weights for a book of several`,
  );
}

function realisedColumn(table: CsvTable): Pick<ColumnChoice, 'realised'> {
  const found = (names: readonly string[]) =>
    names.map((name) => table.columns.indexOf(name)).find((index) => index >= 0);
  const variance = found(REALISED);
  if (variance !== undefined) return { realised: { column: variance, power: 1 } };
  const volatility = found(VOLATILITIES);
  return volatility === undefined ? {} : { realised: { column: volatility, power: 2 } };
}
