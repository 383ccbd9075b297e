import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/http/duration.ts';
import fc from '../../support/seeded-check.ts';

const HOUR_MS = 3_600_000;

describe('parseDuration', () => {
  it.each([
    ['PT1H', HOUR_MS],
    ['P1D', 24 * HOUR_MS],
    ['PT24H', 24 * HOUR_MS],
    ['P1W', 168 * HOUR_MS],
    ['P1Y', 365 * 24 * HOUR_MS],
    ['P1DT12H', 36 * HOUR_MS],
    ['PT90M', 1.5 * HOUR_MS],
    ['PT1.5S', 1_500],
    ['PT0S', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    '',
    'P',
    'PT',
    'P1',
    '1D',
    'P1M',
    'P1DT',
    'P-1D',
    'PT1H1D',
    'P1W1D',
    'p1d',
    'P1.5D',
    ' P1D',
    'P1D\n',
    'PT1H30',
    'P99999999D',
  ])('%j is none', (text) => expect(parseDuration(text)).toBeUndefined());

  it('reads back whatever formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 24 * HOUR_MS }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it('adds its parts on a 365-day, 24-hour clock', () => {
    const part = fc.integer({ min: 0, max: 99 });
    fc.assert(
      fc.property(part, part, part, part, part, (years, days, hours, minutes, seconds) => {
        const text = `P${years}Y${days}DT${hours}H${minutes}M${seconds}S`;
        const wanted = ((((years * 365 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000;
        expect(parseDuration(text)).toBe(wanted);
      }),
    );
  });

  it('never throws and never gives anything but a whole number or nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'PTYWDHMS.0159 -') }), (text) => {
        const ms = parseDuration(text);
        expect(ms === undefined || Number.isSafeInteger(ms)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('formatDuration', () => {
  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (ms) =>
    expect(() => formatDuration(ms)).toThrow(RangeError),
  );
});
