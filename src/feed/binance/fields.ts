/**
 * Readers of single wire fields: each gives a number, or NaN where the field is not what it should be.
 * Units: exchange times are milliseconds or microseconds, told apart by size; out come microseconds.
 */

/** Epochs at or above this are microseconds: as milliseconds they would lie past the year 5138. */
const SMALLEST_US = 1e14;
const SMALLEST_MS = 1e11;

const ZERO = 48;
const NINE = 57;

/** A plain decimal string such as "61837.63000000"; no sign, no exponent, no blanks. */
export function decimal(value: unknown): number {
  if (typeof value !== 'string' || value.length === 0 || value.length > 40) return Number.NaN;
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  if (first < ZERO || first > NINE || last < ZERO || last > NINE) return Number.NaN;
  const second = value.charCodeAt(1);
  if (first === ZERO && second !== 46 && !Number.isNaN(second)) return Number.NaN;
  const number = Number(value);
  return Number.isFinite(number) && !/[eE]/.test(value) ? number : Number.NaN;
}

export function positiveDecimal(value: unknown): number {
  const number = decimal(value);
  return number > 0 ? number : Number.NaN;
}

/** An id or a count: a safe integer from 0; some libraries hand long integers on as strings. */
export function integer(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : Number.NaN;
}

export function epochUs(value: unknown): number {
  const number = integer(value);
  if (number >= SMALLEST_US) return number;
  return number >= SMALLEST_MS ? number * 1000 : Number.NaN;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
