/**
 * Decimal strings as the exchange writes them: eight decimals, from whole numbers of ticks or steps.
 * Never goes through a fraction, so 0.1 + 0.2 cannot appear on the wire.
 */
const WIRE_DECIMALS = 8;
const POWERS = Array.from({ length: WIRE_DECIMALS + 1 }, (_, n) => 10 ** n);
const ZEROS = Array.from({ length: WIRE_DECIMALS + 1 }, (_, n) => '0'.repeat(n));

/** `units` counted in 10^-decimals, e.g. 6183763 with 2 decimals is 61837.63000000. */
export function formatUnits(units: number, decimals: number): string {
  if (decimals === 0) return `${units}.${ZEROS[WIRE_DECIMALS]}`;
  const power = POWERS[decimals]!;
  const whole = Math.floor(units / power);
  const fraction = String(units - whole * power);
  return `${whole}.${ZEROS[decimals - fraction.length]}${fraction}${ZEROS[WIRE_DECIMALS - decimals]}`;
}

/** A computed amount (quote volume, average price), rounded to eight decimals. */
export function formatAmount(value: number): string {
  return value.toFixed(WIRE_DECIMALS);
}

/** The inverse of formatUnits for text with at most `decimals` significant decimals; throws on anything else. */
export function parseUnits(text: string, decimals: number): number {
  const match = /^(\d+)(?:\.(\d*))?$/.exec(text);
  if (match === null) throw new RangeError(`not a plain decimal: ${text}`);
  const fraction = (match[2] ?? '').padEnd(decimals, '0');
  if (/[1-9]/.test(fraction.slice(decimals)))
    throw new RangeError(`${text} has more than ${decimals} decimals`);
  return Number(match[1]) * POWERS[decimals]! + Number(fraction.slice(0, decimals));
}
