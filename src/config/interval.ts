/** Bar intervals as people write them: 1m, 5m, 1h, 1d. Units: milliseconds. */
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function parseInterval(text: string): number {
  const match = /^([1-9]\d{0,3})([smhd])$/.exec(text);
  if (match === null) throw new Error(`has '${text}', which is not an interval such as 5m, 1h or 1d`);
  return Number(match[1]) * (UNIT_MS[match[2] as string] as number);
}
