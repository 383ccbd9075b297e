import { describe, expect, it } from 'vitest';
import { logTail } from '#domain/measure/log-tail.ts';
import { FINE_KNOTS, fineScore } from '#domain/measure/score-grid.ts';
import { normalCdf, studentQuantile } from '#math/special-functions.ts';

describe('tail of a log return', () => {
  it.each([
    [0.99, 2.326348, 2.665214],
    [0.975, 1.959964, 2.337803],
    [0.95, 1.644854, 2.062713],
  ])('of the standard normal at %d is the textbook figure', (confidence, valueAtRisk, shortfall) => {
    const row = Float64Array.from({ length: FINE_KNOTS }, (_, knot) => fineScore(knot));
    const tail = logTail(row, confidence);
    expect(tail.valueAtRisk).toBeCloseTo(valueAtRisk, 5);
    expect(tail.shortfall).toBeCloseTo(shortfall, 4);
  });

  it('of a unit-variance Student-t with five degrees of freedom is the closed form, the truncation apart', () => {
    const scale = Math.sqrt(3 / 5);
    const row = Float64Array.from(
      { length: FINE_KNOTS },
      (_, knot) => scale * studentQuantile(normalCdf(fineScore(knot)), 5),
    );
    const tail = logTail(row, 0.99);
    expect(tail.valueAtRisk).toBeCloseTo(2.606464, 3);
    expect(tail.shortfall / 3.448837).toBeCloseTo(1, 2);
  });
});
