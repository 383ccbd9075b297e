/**
 * A CSV file, plain or gzip, as a header and rows that know their line. Lines that begin with # are comments.
 * Nothing is guessed: a row with another number of cells than the header is an error. Errors leave it to the
 * caller to name the file.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InputError, lineError } from './input-error.ts';

export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvTable {
  readonly columns: readonly string[];
  readonly rows: readonly CsvRow[];
}

const GZIP_MAGIC = [0x1f, 0x8b];

export function readCsvFile(path: string): CsvTable {
  return parseCsv(readText(path));
}

function readText(path: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    // The system's words end with the call and the path, which the caller names.
    throw new InputError(`cannot be read: ${(cause as Error).message.split(',')[0]}`);
  }
  if (bytes[0] !== GZIP_MAGIC[0] || bytes[1] !== GZIP_MAGIC[1]) return bytes.toString('utf8');
  try {
    return gunzipSync(bytes).toString('utf8');
  } catch (cause) {
    throw new InputError(`damaged gzip: ${(cause as Error).message}`);
  }
}

export function parseCsv(text: string): CsvTable {
  const rows: CsvRow[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .forEach((raw, index) => {
      const line = raw.trim();
      if (line === '' || line.startsWith('#')) return;
      rows.push({ line: index + 1, cells: line.split(',').map((cell) => unquote(cell.trim())) });
    });
  const header = rows[0];
  if (header === undefined) throw new InputError('the file is empty');
  if (header.cells.every((cell) => cell !== '' && Number.isFinite(Number(cell))))
    throw lineError(header.line, 'the first line must name the columns, and this one holds numbers only');
  const columns = header.cells.map((name) => name.toLowerCase());
  const doubled = columns.find((name, index) => columns.indexOf(name) !== index);
  if (doubled !== undefined) throw lineError(header.line, `two columns are named ${doubled}`);
  for (const { line, cells } of rows)
    if (cells.length !== columns.length)
      throw lineError(line, `${cells.length} cells where the header has ${columns.length}`);
  if (rows.length === 1) throw lineError(header.line, 'there is nothing below the header');
  return { columns, rows: rows.slice(1) };
}

function unquote(cell: string): string {
  return cell.length >= 2 && cell.startsWith('"') && cell.endsWith('"') ? cell.slice(1, -1) : cell;
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** The number in a cell; an empty cell and text are errors that name the line. */
export function numberAt(table: CsvTable, row: CsvRow, column: number): number {
  const cell = row.cells[column]!;
  if (cell === '') throw lineError(row.line, `${table.columns[column]} is empty`);
  if (!(NUMBER.test(cell) && Number.isFinite(Number(cell))))
    throw lineError(row.line, `${table.columns[column]} is not a number: "${cell}"`);
  return Number(cell);
}
