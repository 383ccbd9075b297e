/**
 * ISO 8601 durations on a clock of 365-day years and 24-hour days, as horizons are written.
 * Units: milliseconds. Months are refused: they have no fixed length. Fractions are allowed on seconds only.
 */
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const YEAR_MS = 365 * DAY_MS;

/** The same shape as a JSON Schema pattern; months never match. */
export const DURATION_PATTERN =
  '^P(?=.)(?:\\d{1,3}W|(?:\\d{1,3}Y)?(?:\\d{1,5}D)?(?:T(?=.)(?:\\d{1,6}H)?(?:\\d{1,7}M)?(?:\\d{1,8}(?:\\.\\d{1,3})?S)?)?)$';

const SHAPE =
  /^P(?=.)(?:(\d+)W|(?:(\d+)Y)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?)$/;
const BOUNDED = new RegExp(DURATION_PATTERN);

/** The duration in milliseconds, or undefined where the text is no such duration. */
export function parseDuration(text: string): number | undefined {
  if (!BOUNDED.test(text)) return undefined;
  const parts = SHAPE.exec(text);
  if (parts === null) return undefined;
  const [weeks, years, days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return (
    weeks * WEEK_MS +
    years * YEAR_MS +
    days * DAY_MS +
    hours * HOUR_MS +
    minutes * MINUTE_MS +
    Math.round(seconds * SECOND_MS)
  );
}

/** The shortest text of days, hours, minutes and seconds that means these milliseconds. */
export function formatDuration(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0) throw new RangeError(`Invariant: no duration of ${ms} ms`);
  const days = Math.floor(ms / DAY_MS);
  const hours = Math.floor((ms % DAY_MS) / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  const seconds = (ms % MINUTE_MS) / SECOND_MS;
  const date = days > 0 ? `${days}D` : '';
  const time = `${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${seconds > 0 ? `${seconds}S` : ''}`;
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}
