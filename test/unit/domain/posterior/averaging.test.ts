import { describe, expect, it } from 'vitest';
import { updateWeights } from '#domain/posterior/averaging.ts';

const PRIOR = Float64Array.of(0.6, 0.3, 0.1);

function weightsAfter(scores: readonly (readonly number[])[]): Float64Array {
  const weights = PRIOR.slice();
  for (const bar of scores) updateWeights(weights, PRIOR, Float64Array.from(bar));
  return weights;
}

describe('the averaging of the pool', () => {
  it('leaves weights at the prior shares while nobody scores better', () => {
    const weights = weightsAfter(Array.from({ length: 50 }, () => [-1, -1, -1]));
    weights.forEach((weight, m) => {
      expect(weight).toBeCloseTo(PRIOR[m]!, 2);
    });
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  it('holds a refuted bar against a member at once, and forgets it within ten bars', () => {
    const refuted = [-9, -1, -1];
    const calm = Array.from({ length: 10 }, () => [-1, -1, -1]);
    expect(weightsAfter([refuted])[0]).toBeLessThan(0.01);
    expect(weightsAfter([refuted, ...calm])[0]).toBeGreaterThan(0.58);
  });

  it('lets no small steady lead take the pool over', () => {
    const lead = Array.from({ length: 500 }, () => [-1.05, -1, -1.05]);
    expect(weightsAfter(lead)[1]).toBeGreaterThan(0.3);
    expect(weightsAfter(lead)[1]).toBeLessThan(0.35);
  });

  it('keeps a floor under every member and the weights where all densities vanish', () => {
    const ruined = weightsAfter(Array.from({ length: 20 }, () => [-1, -60, -60]));
    expect(Math.min(...ruined)).toBeGreaterThan(0.0029);
    expect([...weightsAfter([[-Infinity, -Infinity, -Infinity]])]).toEqual([...PRIOR]);
  });
});
