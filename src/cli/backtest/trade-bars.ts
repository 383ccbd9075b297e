/**
 * Bars from a file of trades: trade_id, time_ms, price, qty, is_buyer_maker. A bar in which nothing traded
 * is absent, as it is in the exchange's own history of halted hours.
 */
import type { CsvTable } from './csv-table.ts';
import { numberAt } from './csv-table.ts';
import { lineError } from './input-error.ts';

export function isTradeTable(table: CsvTable): boolean {
  return table.columns.includes('trade_id') && table.columns.includes('price');
}

export function barsFromTrades(table: CsvTable, intervalMs: number): CsvTable {
  const [timeAt, priceAt, quantityAt] = ['time_ms', 'price', 'qty'].map((name) =>
    table.columns.indexOf(name),
  );
  if (timeAt! < 0) throw lineError(1, 'a file of trades needs the column time_ms');
  const bars: { open: number; high: number; low: number; close: number; volume: number }[] = [];
  const opens: number[] = [];
  const lines: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (const row of table.rows) {
    const time = numberAt(table, row, timeAt!);
    const price = numberAt(table, row, priceAt!);
    if (time < latest) throw lineError(row.line, 'the trade lies before the one above it');
    if (!(price > 0)) throw lineError(row.line, `price is not above zero: ${price}`);
    latest = time;
    const openTime = Math.floor(time / intervalMs) * intervalMs;
    if (opens.at(-1) !== openTime) {
      opens.push(openTime);
      lines.push(row.line);
      bars.push({ open: price, high: price, low: price, close: price, volume: 0 });
    }
    const bar = bars.at(-1)!;
    bar.high = Math.max(bar.high, price);
    bar.low = Math.min(bar.low, price);
    bar.close = price;
    bar.volume += quantityAt! < 0 ? 1 : numberAt(table, row, quantityAt!);
  }
  return {
    columns: ['open_time_ms', 'open', 'high', 'low', 'close', 'volume'],
    rows: bars.map((bar, index) => ({
      line: lines[index]!,
      cells: [opens[index]!, bar.open, bar.high, bar.low, bar.close, bar.volume].map(String),
    })),
  };
}
