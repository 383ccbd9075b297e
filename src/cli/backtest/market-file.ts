/**
 * From a file to observations: prices become log returns with the realised variance of their range, return
 * columns are read as they are, trades become bars first, and weights make a book of several columns.
 * Flow: CSV -> here -> walk-forward. Nothing is filled: a missing bar is a longer step, and is told.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { ObservationSeries } from '#domain/posterior/observation.ts';
import { observationsFromBars } from '#domain/posterior/observations-from-bars.ts';
import {
  type BarClock,
  elapsedBars,
  formatInterval,
  longPauses,
  parseInterval,
  readClock,
  timeColumn,
} from './bar-clock.ts';
import { type BookWeights, bookReturns } from './book-series.ts';
import { type ColumnChoice, chooseColumn } from './column-choice.ts';
import { type CsvRow, type CsvTable, numberAt, readCsvFile } from './csv-table.ts';
import { lineError } from './input-error.ts';
import { inspectReturns, type MarketSeries } from './market-series.ts';
import { barsFromTrades, isTradeTable } from './trade-bars.ts';

export interface MarketFileOptions {
  readonly column?: string;
  readonly weights?: BookWeights;
  /** e.g. 1h; found from the times when absent. */
  readonly interval?: string;
  /** What a return column holds. */
  readonly inputReturns: 'log' | 'simple';
}

const DEFAULT_TRADE_BAR = '1m';

export function readMarketFile(path: string, options: MarketFileOptions): MarketSeries {
  const raw = readCsvFile(path);
  const given = options.interval === undefined ? undefined : parseInterval(options.interval);
  if (!isTradeTable(raw)) return marketSeries(raw, given, options);
  const intervalMs = given ?? parseInterval(DEFAULT_TRADE_BAR);
  const series = marketSeries(barsFromTrades(raw, intervalMs), intervalMs, options);
  return {
    ...series,
    notes: [`bars of ${formatInterval(intervalMs)} built from ${raw.rows.length} trades`, ...series.notes],
  };
}

export function marketSeries(
  table: CsvTable,
  intervalMs: number | undefined,
  options: MarketFileOptions,
): MarketSeries {
  const { weights } = options;
  if (weights !== undefined) {
    const book = bookReturns(table, weights, options.inputReturns);
    const clock = readClock(book.table, intervalMs);
    return finish({ ...book, clock, kind: 'book' });
  }
  const choice = chooseColumn(table, options.column);
  const name = table.columns[choice.column]!;
  const listed = withoutEmpty(table, choice.column, options.column !== undefined);
  const clock = readClock(listed.table, intervalMs);
  if (choice.kind === 'price') return fromPrices(listed.table, clock, choice, listed.notes);
  const returns = Float64Array.from(listed.table.rows, (row) =>
    logReturnAt(listed.table, row, choice, options.inputReturns),
  );
  const { realised } = choice;
  const { rows } = listed.table;
  return finish({
    table: listed.table,
    clock,
    returns,
    ...(realised !== undefined && {
      variance: Float64Array.from(
        rows,
        (row) => numberAt(listed.table, row, realised.column) ** realised.power,
      ),
    }),
    kind: 'log',
    source: `${name} (a return column)`,
    notes: listed.notes,
  });
}

/** A wide column begins where its symbol was listed; holes after that are gaps. A close has no holes. */
function withoutEmpty(table: CsvTable, column: number, wide: boolean): { table: CsvTable; notes: string[] } {
  if (!wide) return { table, notes: [] };
  const rows = table.rows.filter(({ cells }) => cells[column] !== '');
  const dropped = table.rows.length - rows.length;
  const notes = dropped === 0 ? [] : [`${dropped} rows without a value of ${table.columns[column]}`];
  return { table: { columns: table.columns, rows }, notes };
}

function fromPrices(table: CsvTable, clock: BarClock, choice: ColumnChoice, notes: string[]): MarketSeries {
  const bars = table.rows.map((row, index) => barAt(table, row, clock, index, choice));
  const found = observationsFromBars(bars);
  const places = new Map(bars.map((bar, index) => [bar.openTimeMs, index]));
  const rowOf = Array.from(found.openTimeMs, (time) => places.get(time)!);
  const quiet = bars.length - 1 - found.length;
  const kept: CsvTable = { columns: table.columns, rows: rowOf.map((index) => table.rows[index]!) };
  const keptClock = { ...clock, openTimeMs: found.openTimeMs };
  const source = `${table.columns[choice.column]}${choice.range === undefined ? '' : ' with its range'}`;
  const quietNote = quiet > 0 ? [`${quiet} bars without a trade are no observations`] : [];
  const first = bars.find(({ volume, trades }) => !(volume === 0 || trades === 0));
  return finish({
    table: kept,
    clock: keptClock,
    returns: found.logReturn,
    variance: found.realisedVariance,
    kind: 'log',
    source,
    notes: [...notes, ...quietNote],
    ...(first !== undefined && { beforeMs: first.openTimeMs }),
  });
}

function barAt(table: CsvTable, row: CsvRow, clock: BarClock, index: number, choice: ColumnChoice): Bar {
  const price = (column: number) => {
    const value = numberAt(table, row, column);
    if (!(value > 0)) throw lineError(row.line, `${table.columns[column]} is not above zero: ${value}`);
    return value;
  };
  const close = price(choice.column);
  const open = choice.open === undefined ? close : price(choice.open);
  const high = choice.range === undefined ? close : price(choice.range.high);
  const low = choice.range === undefined ? close : price(choice.range.low);
  if (choice.range !== undefined && !(low <= Math.min(open, close) && high >= Math.max(open, close)))
    throw lineError(row.line, `open ${open} or close ${close} lies outside low ${low} to high ${high}`);
  const optional = (column: number | undefined) =>
    column === undefined ? Number.NaN : numberAt(table, row, column);
  const realised = choice.realised;
  return {
    openTimeMs: clock.openTimeMs[index]!,
    intervalMs: clock.intervalMs,
    open,
    high,
    low,
    close,
    volume: optional(choice.volume),
    trades: optional(choice.trades),
    realisedVariance:
      realised === undefined ? Number.NaN : numberAt(table, row, realised.column) ** realised.power,
    complete: true,
  };
}

function logReturnAt(table: CsvTable, row: CsvRow, choice: ColumnChoice, kind: 'log' | 'simple'): number {
  const value = numberAt(table, row, choice.column) / choice.divisor;
  if (kind === 'log') return value;
  if (value <= -1) throw lineError(row.line, `a simple return of ${value} leaves nothing or less`);
  return Math.log1p(value);
}

interface ReadSeries {
  /** The rows that carry a return. */
  readonly table: CsvTable;
  readonly clock: BarClock;
  readonly returns: Float64Array;
  readonly variance?: Float64Array;
  readonly kind: MarketSeries['kind'];
  readonly source: string;
  readonly notes: readonly string[];
  /** When the bar before the first return opened; unknown where the file begins with a return. */
  readonly beforeMs?: number;
}

/** Steps between bars, the gaps among them, and what else must be told. */
function finish(read: ReadSeries): MarketSeries {
  const { table, clock, returns, variance, kind, source, notes, beforeMs } = read;
  const length = returns.length;
  const elapsed = Float64Array.from({ length }, (_, t) => {
    const from = t === 0 ? beforeMs : clock.openTimeMs[t - 1]!;
    return from === undefined ? 1 : elapsedBars(clock, from, clock.openTimeMs[t]!);
  });
  const observations: ObservationSeries = {
    intervalMs: clock.intervalMs,
    length,
    openTimeMs: clock.openTimeMs,
    logReturn: returns,
    realisedVariance: variance ?? new Float64Array(length).fill(Number.NaN),
    elapsedBars: elapsed,
  };
  const gaps = elapsed.filter((count) => count > 1);
  const missing = gaps.reduce((sum, count) => sum + count - 1, 0);
  const time = timeColumn(table);
  const stamps = table.rows.map(({ cells }) => cells[time]!);
  return {
    observations,
    stamps,
    kind,
    source,
    notes: [
      ...notes,
      ...(gaps.length === 0
        ? []
        : [
            `${gaps.length} gaps, ${missing} bars missing: each gap is one longer return, nothing was filled`,
          ]),
      ...(clock.session ? ['sessions: nights and weekends are not gaps'] : []),
      ...pauseNotes(clock, stamps),
      ...(clock.counter ? ['no dates in the file: rows are taken as consecutive bars'] : []),
      ...inspectReturns(returns, kind),
    ],
  };
}

function pauseNotes(clock: BarClock, stamps: readonly string[]): string[] {
  const { count, longestDays, endsAt } = longPauses(clock);
  if (count === 0) return [];
  const longest = `the longest of ${Math.round(longestDays)} days, until ${stamps[endsAt]}`;
  return [`degraded: ${count} pauses of more than a week, ${longest}; each is taken as one bar`];
}
