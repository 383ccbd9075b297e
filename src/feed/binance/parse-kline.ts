/**
 * `kline` events and the rows of REST klines. Pure; undefined where malformed.
 * Units: bar times in milliseconds, whatever the wire uses. Klines carry no ticks: realised variance is NaN.
 */
import type { Bar } from '#domain/market/bar.ts';
import { decimal, epochUs, integer, isRecord, positiveDecimal } from './fields.ts';
import type { KlineFrame } from './frame.ts';
import { intervalMsOf } from './interval.ts';

function build(intervalMs: number, fields: readonly unknown[]): Bar | undefined {
  const [openTime, first, highest, lowest, final, base, count] = fields;
  const openTimeMs = epochUs(openTime) / 1000;
  const open = positiveDecimal(first);
  const high = positiveDecimal(highest);
  const low = positiveDecimal(lowest);
  const close = positiveDecimal(final);
  const volume = decimal(base);
  const trades = integer(count);
  if (Number.isNaN(openTimeMs + open + high + low + close + volume + trades)) return undefined;
  if (high < Math.max(open, close, low) || low > Math.min(open, close)) return undefined;
  return {
    openTimeMs,
    intervalMs,
    open,
    high,
    low,
    close,
    volume,
    trades,
    realisedVariance: Number.NaN,
    complete: true,
  };
}

/** A stream event; `e` is known to be `kline`. */
export function parseKlineEvent(event: Record<string, unknown>, symbolIndex: number): KlineFrame | undefined {
  const k = event['k'];
  const tsEventUs = epochUs(event['E']);
  if (!isRecord(k) || typeof k['x'] !== 'boolean' || Number.isNaN(tsEventUs)) return undefined;
  const intervalMs = intervalMsOf(k['i']);
  if (intervalMs === undefined) return undefined;
  const bar = build(intervalMs, [k['t'], k['o'], k['h'], k['l'], k['c'], k['v'], k['n']]);
  return bar && { kind: 'kline', symbolIndex, closed: k['x'], tsEventUs, bar };
}

/** A row of REST klines: 12 columns, of which the last row is usually the unfinished bar, with no flag. */
export function parseKlineRow(row: unknown, intervalMs: number): Bar | undefined {
  if (!Array.isArray(row) || row.length < 9) return undefined;
  return build(intervalMs, [row[0], row[1], row[2], row[3], row[4], row[5], row[8]]);
}
