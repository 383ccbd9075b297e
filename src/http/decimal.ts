/**
 * Decimal numbers on the wire: strings going out, strings or numbers coming in.
 * Units: whatever the field has. No exponent ever appears in what we write.
 */
export const DECIMAL_PATTERN = '^-?\\d{1,20}(\\.\\d{1,20})?$';

/** The shortest plain decimal that reads back as the same number. */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`Invariant: ${value} has no decimal form`);
  const text = String(value === 0 ? 0 : value);
  const split = text.indexOf('e');
  if (split < 0) return text;
  const exponent = Number(text.slice(split + 1));
  const negative = text.startsWith('-');
  const mantissa = text.slice(negative ? 1 : 0, split);
  const point = mantissa.indexOf('.');
  const digits = mantissa.replace('.', '');
  const place = (point < 0 ? mantissa.length : point) + exponent;
  const plain =
    place <= 0
      ? `0.${'0'.repeat(-place)}${digits}`
      : place >= digits.length
        ? digits + '0'.repeat(place - digits.length)
        : `${digits.slice(0, place)}.${digits.slice(place)}`;
  return negative ? `-${plain}` : plain;
}

/** Digits that a double holds for certain; what lies beyond is the dust of binary arithmetic. */
const SOUND_DIGITS = 15;

/** A price or volume that may come out of arithmetic: 43966.505 and not 43966.505000000005. */
export function amountString(value: number): string {
  return decimalString(Number(value.toPrecision(SOUND_DIGITS)));
}

/** A checked decimal as a number; the schema has already refused everything else. */
export function decimalNumber(value: string | number): number {
  return typeof value === 'number' ? value : Number(value);
}
