import { describe, expect, it } from 'vitest';
import { createRateLimiter } from '../../../src/http/rate-limiter.ts';
import fc from '../../support/seeded-check.ts';

describe('createRateLimiter', () => {
  it('allows the burst, then the rate, and says when the next one may come', () => {
    let timeMs = 0;
    const limiter = createRateLimiter({ ratePerSecond: 10, burst: 3, now: () => timeMs });
    const taken = [1, 2, 3].map(() => limiter.take('a', 1));
    expect(taken.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
    ]);
    expect(limiter.take('a', 1)).toMatchObject({ allowed: false, remaining: 0, retryMs: 100 });
    timeMs = 100;
    expect(limiter.take('a', 1).allowed).toBe(true);
    expect(limiter.take('b', 3).allowed).toBe(true);
  });

  it('a refusal costs nothing', () => {
    const limiter = createRateLimiter({ ratePerSecond: 1, burst: 2, now: () => 0 });
    expect(limiter.take('a', 3).allowed).toBe(false);
    expect(limiter.take('a', 2).allowed).toBe(true);
  });

  it('never allows more than burst plus rate over any stretch of time', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), weight: fc.integer({ min: 1, max: 5 }) }),
          {
            maxLength: 100,
          },
        ),
        (calls) => {
          let timeMs = 0;
          let used = 0;
          const limiter = createRateLimiter({ ratePerSecond: 20, burst: 10, now: () => timeMs });
          for (const { waitMs, weight } of calls) {
            timeMs += waitMs;
            if (limiter.take('k', weight).allowed) used += weight;
            expect(used).toBeLessThanOrEqual(10 + (20 * timeMs) / 1000 + 1e-9);
          }
        },
      ),
    );
  });

  it('holds a bounded number of keys and forgets the longest unseen first', () => {
    const limiter = createRateLimiter({ ratePerSecond: 1, burst: 1, maxKeys: 2, now: () => 0 });
    limiter.take('a', 1);
    limiter.take('b', 1);
    limiter.take('a', 1);
    limiter.take('c', 1);
    expect(limiter.take('a', 1).allowed).toBe(false);
    expect(limiter.take('b', 1).allowed).toBe(true);
  });
});
