/**
 * Arithmetic of books in decimal text: no quantity is ever rounded through a double.
 * Units: quantities in base units as decimal strings of at most 20 places, shorts below zero.
 */
import type { BookPosition } from './portfolio-books.ts';

const PLACES = 20;
const SCALE = 10n ** BigInt(PLACES);

/** A plain decimal as an integer of 10^-20 units. Throws on anything else. */
function units(decimal: string): bigint {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d{1,20})(?:\.(\d{1,20}))?$/.exec(decimal) ?? [];
  if (whole === '') throw new RangeError('not a plain decimal');
  const size = BigInt(whole) * SCALE + BigInt(fraction.padEnd(PLACES, '0'));
  return sign === '-' ? -size : size;
}

function text(size: bigint): string {
  const absolute = size < 0n ? -size : size;
  const fraction = (absolute % SCALE).toString().padStart(PLACES, '0').replace(/0+$/, '');
  return `${size < 0n ? '-' : ''}${absolute / SCALE}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The shortest text of the same number. */
export function normalDecimal(decimal: string): string {
  return text(units(decimal));
}

/** The book with each change put in place of the former position; zero takes the symbol out. */
export function withPositions(
  book: readonly BookPosition[],
  changes: readonly BookPosition[],
): readonly BookPosition[] {
  const merged = new Map(book.map(({ symbol, quantity }) => [symbol, quantity]));
  for (const { symbol, quantity } of changes) merged.set(symbol, normalDecimal(quantity));
  return held(merged);
}

/** The book after the trades: quantities add up. */
export function withTrades(
  book: readonly BookPosition[],
  trades: readonly BookPosition[],
): readonly BookPosition[] {
  const sums = new Map(book.map(({ symbol, quantity }) => [symbol, quantity]));
  for (const { symbol, quantity } of trades)
    sums.set(symbol, text(units(sums.get(symbol) ?? '0') + units(quantity)));
  return held(sums);
}

function held(quantities: ReadonlyMap<string, string>): readonly BookPosition[] {
  return [...quantities]
    .map(([symbol, quantity]) => ({ symbol, quantity }))
    .filter(({ quantity }) => quantity !== '0')
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
}
