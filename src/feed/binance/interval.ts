/**
 * Names of bar intervals on the wire.
 */
const NAMES: ReadonlyMap<number, string> = new Map([
  [60_000, '1m'],
  [180_000, '3m'],
  [300_000, '5m'],
  [900_000, '15m'],
  [1_800_000, '30m'],
  [3_600_000, '1h'],
  [7_200_000, '2h'],
  [14_400_000, '4h'],
  [21_600_000, '6h'],
  [28_800_000, '8h'],
  [43_200_000, '12h'],
  [86_400_000, '1d'],
]);

const LENGTHS = new Map([...NAMES].map(([intervalMs, name]) => [name, intervalMs]));

export function intervalName(intervalMs: number): string {
  const name = NAMES.get(intervalMs);
  if (name === undefined) throw new RangeError(`the exchange has no bars of ${intervalMs} ms`);
  return name;
}

export function intervalMsOf(name: unknown): number | undefined {
  return LENGTHS.get(String(name));
}
