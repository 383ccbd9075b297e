/**
 * Times of rows and the interval between them.
 * A stamp is epoch milliseconds (or seconds), an ISO date or time in UTC, or a plain counter 1, 2, 3.
 * A market that never shows a Saturday over several weeks keeps sessions: its nights and weekends are not
 * missing bars. Every other market runs around the clock, and a step of m intervals is a gap of m - 1 bars.
 * Units: milliseconds.
 */
import type { CsvRow, CsvTable } from './csv-table.ts';
import { InputError, lineError } from './input-error.ts';

const DAY_MS = 86_400_000;
const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS };
const TIME_COLUMNS = ['open_time_ms', 'open_time', 'time_ms', 'timestamp', 'time', 'datetime', 'date', 't'];
const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;
/** Epoch seconds of our age lie below this, epoch milliseconds above. */
const SECONDS_LIMIT = 1e11;
const COUNTER_LIMIT = 1e7;
const LONGEST_HOLIDAY_DAYS = 7;

export interface BarClock {
  readonly openTimeMs: Float64Array;
  readonly intervalMs: number;
  readonly session: boolean;
  /** True where stamps are a counter, with no date behind them. */
  readonly counter: boolean;
}

export function timeColumn(table: CsvTable): number {
  const known = TIME_COLUMNS.map((name) => table.columns.indexOf(name)).find((index) => index >= 0);
  return known ?? 0;
}

export function parseInterval(text: string): number {
  const found = /^(\d+)(s|m|h|d)$/.exec(text);
  if (found === null || Number(found[1]) === 0)
    throw new InputError(`interval "${text}" is not like 5m, 1h or 1d`);
  return Number(found[1]) * UNITS[found[2]!]!;
}

export function formatInterval(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find((name) => ms % UNITS[name]! === 0);
  return unit === undefined ? `${ms}ms` : `${ms / UNITS[unit]!}${unit}`;
}

export function readClock(table: CsvTable, given: number | undefined): BarClock {
  const column = timeColumn(table);
  const raw = table.rows.map((row) => stampAt(table, row, column));
  raw.forEach((time, index) => {
    const before = raw[index - 1];
    if (before === undefined || time > before) return;
    const { line, cells } = table.rows[index]!;
    const earlier = `line ${table.rows[index - 1]!.line}`;
    throw lineError(
      line,
      time === before
        ? `the time ${cells[column]} is that of ${earlier} again`
        : `the time ${cells[column]} lies before that of ${earlier}`,
    );
  });
  const counter = raw.length > 0 && raw.at(-1)! < COUNTER_LIMIT;
  const step = mostCommonStep(raw);
  const intervalMs = given ?? (counter ? DAY_MS : step);
  if (!(intervalMs > 0)) throw new InputError('the bar interval cannot be found: give --interval');
  if (!counter) requireInterval(table, raw, step, intervalMs);
  const openTimeMs = Float64Array.from(raw, (time) => (counter ? (time / step) * intervalMs : time));
  return { openTimeMs, intervalMs, counter, session: counter || keepsSessions(openTimeMs) };
}

/** Rows closer together than half a bar are of another interval, or of none. */
function requireInterval(table: CsvTable, times: readonly number[], step: number, intervalMs: number): void {
  if (step < intervalMs || step % intervalMs !== 0)
    throw new InputError(
      `the rows are mostly ${formatInterval(step)} apart, not ${formatInterval(intervalMs)}`,
    );
  for (let index = 1; index < times.length; index++) {
    const apart = times[index]! - times[index - 1]!;
    if (apart < intervalMs / 2)
      throw lineError(
        table.rows[index]!.line,
        `only ${formatInterval(apart)} after the row above, where a bar is ${formatInterval(intervalMs)}`,
      );
  }
}

/** Bars from one observation to the next, and whether bars are missing between them. */
export function elapsedBars(clock: BarClock, fromMs: number, toMs: number): number {
  const overNight = Math.floor(fromMs / DAY_MS) !== Math.floor(toMs / DAY_MS);
  if (clock.session && overNight) return 1;
  return Math.max(1, Math.round((toMs - fromMs) / clock.intervalMs));
}

export interface Pauses {
  readonly count: number;
  readonly longestDays: number;
  /** Row that ends the longest one. */
  readonly endsAt: number;
}

/** Where a market that keeps sessions shows nothing for longer than holidays last. */
export function longPauses({ session, counter, openTimeMs }: BarClock): Pauses {
  let count = 0;
  let longestDays = 0;
  let endsAt = 0;
  if (!session || counter) return { count, longestDays, endsAt };
  for (let row = 1; row < openTimeMs.length; row++) {
    const days = (openTimeMs[row]! - openTimeMs[row - 1]!) / DAY_MS;
    if (days <= LONGEST_HOLIDAY_DAYS) continue;
    count++;
    if (days <= longestDays) continue;
    longestDays = days;
    endsAt = row;
  }
  return { count, longestDays, endsAt };
}

function stampAt(table: CsvTable, row: CsvRow, column: number): number {
  const cell = row.cells[column]!;
  if (/^\d+$/.test(cell)) {
    const value = Number(cell);
    return value > COUNTER_LIMIT && value < SECONDS_LIMIT ? value * 1000 : value;
  }
  const time = ISO.test(cell) ? Date.parse(utc(cell)) : Number.NaN;
  if (!Number.isFinite(time)) throw lineError(row.line, `${table.columns[column]} is not a time: "${cell}"`);
  return time;
}

/** ISO times without a zone are UTC, as dates are. */
function utc(cell: string): string {
  const iso = cell.replace(' ', 'T');
  return iso.length === 10 || /(Z|[+-]\d{2}:\d{2})$/.test(iso) ? iso : `${iso}Z`;
}

function mostCommonStep(times: readonly number[]): number {
  const counts = new Map<number, number>();
  for (let index = 1; index < times.length; index++) {
    const step = times[index]! - times[index - 1]!;
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return [...counts].sort((left, right) => right[1] - left[1] || left[0] - right[0])[0]?.[0] ?? 0;
}

function keepsSessions(times: Float64Array): boolean {
  if (times.length < 2 || times.at(-1)! - times[0]! < 21 * DAY_MS) return false;
  return times.every((time) => new Date(time).getUTCDay() !== 6);
}
