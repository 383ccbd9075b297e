import { describe, expect, it } from 'vitest';
import { WeightMeter } from '#exchange/rest/weight-meter.ts';

const MINUTE_MS = 60_000;
const NOON_MS = Date.UTC(2026, 0, 5, 12);

function hammer(meter: WeightMeter, fromMs: number, times: number) {
  return Array.from({ length: times }, () => meter.charge('1.2.3.4', 1, fromMs));
}

describe('request weight', () => {
  it('fills a window that is fixed on the minute', () => {
    const meter = new WeightMeter(10);
    expect(meter.charge('a', 10, NOON_MS + 59_000)).toMatchObject({ status: 200, used: 10 });
    expect(meter.charge('a', 1, NOON_MS + 59_500)).toMatchObject({ status: 429, retryAfterSeconds: 1 });
    expect(meter.charge('a', 1, NOON_MS + MINUTE_MS)).toMatchObject({ status: 200, used: 1 });
  });

  it('is kept for each address', () => {
    const meter = new WeightMeter(10);
    meter.charge('a', 11, NOON_MS);
    expect(meter.charge('b', 1, NOON_MS)).toMatchObject({ status: 200 });
  });

  it('ignoring 429 brings a ban that outlasts the window and doubles the next time', () => {
    const meter = new WeightMeter(5);
    const first = hammer(meter, NOON_MS, 26).at(-1)!;
    expect(first).toMatchObject({
      status: 418,
      retryAfterSeconds: 120,
      bannedUntilMs: NOON_MS + 2 * MINUTE_MS,
    });
    expect(meter.charge('1.2.3.4', 1, NOON_MS + MINUTE_MS)).toMatchObject({
      status: 418,
      retryAfterSeconds: 60,
    });
    expect(meter.charge('1.2.3.4', 1, NOON_MS + 2 * MINUTE_MS)).toMatchObject({ status: 200 });
    const second = hammer(meter, NOON_MS + 5 * MINUTE_MS, 26).at(-1)!;
    expect(second).toMatchObject({ status: 418, retryAfterSeconds: 240 });
  });
});
