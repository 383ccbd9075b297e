import { describe, expect, it } from 'vitest';
import { explainChange } from '#engine/risk-change.ts';
import fc from '../../support/seeded-check.ts';

const point = (atMs: number, value: number, rev: number, modelVersion: string) => ({
  portfolioId: 'pf',
  atMs,
  rev,
  confidence: 0.99,
  horizonMs: 86_400_000,
  value: 1_000,
  var: value,
  es: value * 1.2,
  modelVersion,
  lineageId: `l${atMs}`,
});

describe('why a VaR is not what it was', () => {
  it('is the market, the book, the models, or both of these at once, pair by pair', () => {
    const change = explainChange([
      point(1, 100, 1, 'a'),
      point(2, 103, 1, 'a'),
      point(3, 153, 2, 'a'),
      point(4, 143, 2, 'b'),
      point(5, 150, 3, 'c'),
      point(6, 149, 3, 'c'),
    ]);
    expect(change).toEqual({
      fromMs: 1,
      toMs: 6,
      from: 100,
      to: 149,
      total: 49,
      data: 2,
      position: 50,
      model: -10,
      mixed: 7,
      points: 6,
    });
  });

  it('is not told from one point', () => {
    expect(explainChange([])).toBeUndefined();
    expect(explainChange([point(1, 100, 1, 'a')])).toBeUndefined();
  });

  it('always adds up', () => {
    const step = fc.record({
      value: fc.double({ min: 0, max: 1e6, noNaN: true }),
      rev: fc.nat(2),
      model: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 40 }), (steps) => {
        const change = explainChange(
          steps.map(({ value, rev, model }, at) => point(at, value, rev, `${model}`)),
        )!;
        const { data, position, model, mixed, total, from, to } = change;
        expect(data + position + model + mixed).toBeCloseTo(total, 6);
        expect(to - from).toBe(total);
      }),
    );
  });
});
