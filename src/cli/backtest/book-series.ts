/**
 * A book of several columns as one series of simple returns: the sum of weight times simple return.
 * The book begins when all its columns have a value; later a row that lacks one is passed over, and the
 * next return spans the time since. Weights are shares of one unit of account; a short is negative.
 */
import { timeColumn } from './bar-clock.ts';
import { looksLikeReturns, namedColumn } from './column-choice.ts';
import { type CsvRow, type CsvTable, numberAt } from './csv-table.ts';
import { InputError, lineError } from './input-error.ts';

export type BookWeights = ReadonlyMap<string, number>;

export interface BookSeries {
  /** The rows that carry a return, oldest first. */
  readonly table: CsvTable;
  readonly returns: Float64Array;
  readonly source: string;
  readonly notes: readonly string[];
}

export function parseWeights(text: string): BookWeights {
  const weights = new Map<string, number>();
  for (const part of text.split(',')) {
    const [name, value, ...rest] = part.split('=');
    const weight = Number(value);
    if (name === undefined || value === undefined || value.trim() === '' || rest.length > 0)
      throw new InputError(`weight "${part}" is not like BTCUSDT=0.5`);
    if (!Number.isFinite(weight)) throw new InputError(`the weight of ${name} is not a number: "${value}"`);
    if (weights.has(name.trim().toLowerCase())) throw new InputError(`${name} has two weights`);
    weights.set(name.trim().toLowerCase(), weight);
  }
  if ([...weights.values()].every((weight) => weight === 0)) throw new InputError('every weight is zero');
  return weights;
}

export function bookReturns(table: CsvTable, weights: BookWeights, input: 'log' | 'simple'): BookSeries {
  const legs = [...weights].map(([name, weight]) => ({ column: namedColumn(table, name), weight }));
  const kinds = legs.map(({ column }) => looksLikeReturns(table, column, table.columns[column]!));
  if (new Set(kinds).size > 1) throw new InputError('the book mixes columns of prices and of returns');
  const full = table.rows.filter(({ cells }) => legs.every(({ column }) => cells[column] !== ''));
  if (full.length < 2) throw new InputError('no two rows hold a value for every column of the book');
  const begins = table.rows.indexOf(full[0]!);
  const passed = table.rows.length - begins - full.length;
  const sum = (legReturn: (column: number) => number) =>
    legs.reduce((total, { column, weight }) => total + weight * legReturn(column), 0);
  const isReturns = kinds[0]!;
  const rows = isReturns ? full : full.slice(1);
  const returns = Float64Array.from(rows, (row, index) =>
    sum((column) =>
      isReturns
        ? simpleReturn(table, row, column, input)
        : priceAt(table, row, column) / priceAt(table, full[index]!, column) - 1,
    ),
  );
  return {
    table: { columns: table.columns, rows },
    returns,
    source: `book ${legs.map(({ column, weight }) => `${table.columns[column]}=${weight}`).join(', ')}`,
    notes: [
      ...(begins > 0
        ? [`the book begins at ${full[0]!.cells[timeColumn(table)]}, when all its columns have values`]
        : []),
      ...(passed > 0 ? [`${passed} later rows lack a value and were passed over`] : []),
    ],
  };
}

function simpleReturn(table: CsvTable, row: CsvRow, column: number, input: 'log' | 'simple'): number {
  const value = numberAt(table, row, column) / (/pct|percent/.test(table.columns[column]!) ? 100 : 1);
  return input === 'log' ? Math.expm1(value) : value;
}

function priceAt(table: CsvTable, row: CsvRow, column: number): number {
  const value = numberAt(table, row, column);
  if (!(value > 0)) throw lineError(row.line, `${table.columns[column]} is not above zero: ${value}`);
  return value;
}
