import { describe, expect, it } from 'vitest';
import { binomialCumulative } from '../../../../src/domain/backtest/bernoulli.ts';
import { binomialTest, coverageInterval } from '../../../../src/domain/backtest/binomial-test.ts';
import { christoffersenTest, independenceTest } from '../../../../src/domain/backtest/christoffersen-test.ts';
import { dynamicQuantileTest } from '../../../../src/domain/backtest/dynamic-quantile-test.ts';
import { exceedances, tailProbability } from '../../../../src/domain/backtest/forecast-track.ts';
import { kupiecTest } from '../../../../src/domain/backtest/kupiec-test.ts';
import { latestTrafficLight, trafficLight } from '../../../../src/domain/backtest/traffic-light.ts';
import { createRandom } from '../../../../src/math/random.ts';
import fc from '../../../support/seeded-check.ts';

describe('Kupiec', () => {
  const published = [5.0252, 1.1765, 0.1084, 0.0949, 0.7691, 1.9568, 3.5554, 5.497, 7.7336, 10.229, 12.9555];
  it.each(published.map((ratio, hits) => [hits, ratio]))(
    '%i hits in 250 at 1 %% give LR %f',
    (hits, ratio) => {
      expect(kupiecTest(hits, 250, 0.01).statistic).toBeCloseTo(ratio, 4);
    },
  );

  it.each([
    [510, 0.01, 2, 10],
    [1000, 0.01, 5, 16],
    [255, 0.05, 7, 20],
    [510, 0.05, 17, 35],
    [1000, 0.05, 38, 64],
    [255, 0.01, 1, 6],
  ])('at 5 %% size, T = %i and a = %f are not rejected from %i to %i hits', (trials, a, low, high) => {
    const accepted = (hits: number) => kupiecTest(hits, trials, a).pValue! >= 0.05;
    expect([low - 1, low, high, high + 1].map(accepted)).toEqual([false, true, true, false]);
  });

  it('no hits and only hits are finite answers', () => {
    expect(kupiecTest(0, 250, 0.01).statistic).toBeCloseTo(-500 * Math.log(0.99), 10);
    expect(kupiecTest(250, 250, 0.01).pValue).toBe(0);
    expect(kupiecTest(0, 0, 0.01).pValue).toBeNull();
  });
});

describe('exact binomial', () => {
  it('sums every outcome no likelier than the observed one', () => {
    // Summed apart in another language from the same definition.
    expect(binomialTest(0, 250, 0.01).pValue).toBeCloseTo(0.188871, 6);
    expect(binomialTest(6, 250, 0.01).pValue).toBeCloseTo(0.041183, 6);
    expect(binomialTest(70, 1000, 0.05).pValue).toBeCloseTo(0.00567016, 7);
  });

  it('the credible interval of the hit rate holds the observed rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 2000 }), (hits, misses) => {
        const [low, high] = coverageInterval(hits, hits + misses, 0.9);
        expect(low).toBeLessThanOrEqual(hits / (hits + misses));
        expect(high).toBeGreaterThanOrEqual((hits - 0.5) / (hits + misses));
      }),
    );
  });
});

describe('Christoffersen', () => {
  it.each([
    [237, 6, 6, 0, 0.01, 3.583938, 0.296326],
    [239, 5, 4, 1, 0.01, 3.583938, 2.784406],
    [470, 14, 13, 2, 0.025, 0.939188, 2.985872],
  ])('transitions %i %i %i %i at a = %f', (n00, n01, n10, n11, a, coverage, independence) => {
    expect(kupiecTest(n01 + n11, n00 + n01 + n10 + n11, a).statistic).toBeCloseTo(coverage, 5);
    expect(independenceTest({ n00, n01, n10, n11 }).statistic).toBeCloseTo(independence, 5);
  });

  it('a path without hits is independent and says why', () => {
    const { independence, conditional } = christoffersenTest(new Uint8Array(250), 0.01);
    expect(independence).toMatchObject({ statistic: 0, pValue: 1, note: expect.stringContaining('no hit') });
    expect(conditional.statistic).toBeCloseTo(5.0252, 4);
  });

  it('clustered hits are rejected where scattered ones are not', () => {
    const clustered = new Uint8Array(1000).fill(1, 500, 510);
    const scattered = Uint8Array.from({ length: 1000 }, (_, t) => (t % 100 === 50 ? 1 : 0));
    expect(christoffersenTest(clustered, 0.01).independence.pValue).toBeLessThan(1e-6);
    expect(christoffersenTest(scattered, 0.01).independence.pValue).toBeGreaterThan(0.5);
  });
});

describe('dynamic quantile', () => {
  it('is blind to the unit of the VaR', () => {
    const hits = Uint8Array.from({ length: 1000 }, (_, t) => (t % 37 === 0 ? 1 : 0));
    const path = Float64Array.from({ length: 1000 }, (_, t) => 0.02 + 0.01 * Math.sin(t / 9));
    const scaled = path.map((value) => value * 1e-4);
    const first = dynamicQuantileTest(hits, path, 0.025).statistic!;
    expect(dynamicQuantileTest(hits, scaled, 0.025).statistic).toBeCloseTo(first, 6);
  });

  it('equals regression of the hits on the full matrix', () => {
    const random = createRandom(6);
    const path = Float64Array.from({ length: 400 }, () => 0.01 + 0.005 * random.uniform());
    const hits = Uint8Array.from({ length: 400 }, (_, t) => (t % 7 === 0 || t % 30 < 3 ? 1 : 0));
    const rows = Array.from({ length: 396 }, (_, row) => {
      const t = row + 4;
      return [1, ...[1, 2, 3, 4].map((lag) => hits[t - lag]! - 0.05), path[t]!];
    });
    // Gram-Schmidt on the columns, then the squared length of the projection.
    const basis: number[][] = [];
    for (let column = 0; column < 6; column++) {
      let vector = rows.map((row) => row[column]!);
      for (let pass = 0; pass < 2; pass++)
        for (const other of basis) {
          const along = vector.reduce((sum, value, i) => sum + value * other[i]!, 0);
          vector = vector.map((value, i) => value - along * other[i]!);
        }
      const length = Math.hypot(...vector);
      basis.push(vector.map((value) => value / length));
    }
    const projected = basis.map((column) =>
      column.reduce((sum, value, row) => sum + value * (hits[row + 4]! - 0.05), 0),
    );
    const plain = projected.reduce((sum, value) => sum + value * value, 0) / (0.05 * 0.95);
    expect(dynamicQuantileTest(hits, path, 0.05).statistic).toBeCloseTo(plain, 7);
  });

  it('a constant VaR and a path without hits only lower the rank', () => {
    const constant = new Float64Array(250).fill(0.02);
    expect(dynamicQuantileTest(new Uint8Array(250), constant, 0.01).pValue).toBeGreaterThan(0.05);
  });

  it('hits that follow the VaR are rejected', () => {
    const path = Float64Array.from({ length: 2000 }, (_, t) => (t % 100 < 20 ? 0.01 : 0.03));
    const hits = Uint8Array.from({ length: 2000 }, (_, t) => (t % 100 < 20 && t % 8 === 0 ? 1 : 0));
    expect(dynamicQuantileTest(hits, path, 0.025).pValue).toBeLessThan(1e-4);
  });

  it('too short a path has no answer', () => {
    expect(dynamicQuantileTest(new Uint8Array(30), new Float64Array(30), 0.05).pValue).toBeNull();
  });
});

describe('traffic light', () => {
  const published = [8.11, 28.58, 54.32, 75.81, 89.22, 95.88, 98.63, 99.6, 99.89, 99.97, 99.99];
  it.each(published.map((percent, hits) => [hits, percent]))('P(X <= %i) is %f %%', (hits, percent) => {
    expect(100 * binomialCumulative(hits, 250, 0.01)).toBeCloseTo(percent, 1);
  });

  it('zones and multipliers at 250 days are the published ones', () => {
    const lights = published.map((_, hits) => trafficLight(hits, 250, 0.01));
    expect(lights.map(({ zone }) => zone)).toEqual([
      ...Array(5).fill('green'),
      ...Array(5).fill('yellow'),
      'red',
    ]);
    expect(lights.map(({ multiplier1996 }) => multiplier1996)).toEqual([
      3, 3, 3, 3, 3, 3.4, 3.5, 3.65, 3.75, 3.85, 4,
    ]);
    expect(trafficLight(11, 250, 0.01).multiplier2019).toBe(2);
  });

  it('elsewhere the zones begin at 95 % and 99.99 %', () => {
    const light = trafficLight(7, 500, 0.01);
    expect(light.multiplier1996).toBeUndefined();
    expect(binomialCumulative(light.yellowFrom, 500, 0.01)).toBeGreaterThanOrEqual(0.95);
    expect(binomialCumulative(light.yellowFrom - 1, 500, 0.01)).toBeLessThan(0.95);
    expect(binomialCumulative(light.redFrom, 500, 0.01)).toBeGreaterThanOrEqual(0.9999);
  });

  it('the newest 250 forecasts are read, no others', () => {
    const hits = new Uint8Array(1000).fill(1, 0, 750);
    expect(latestTrafficLight(hits, 0.01)?.exceedances).toBe(0);
    expect(latestTrafficLight(new Uint8Array(249), 0.01)).toBeUndefined();
  });
});

describe('exceedances', () => {
  it('a loss that equals the VaR is none, and 1 - confidence has no dust', () => {
    expect([...exceedances(Float64Array.of(-0.02, -0.0201, 0.03), new Float64Array(3).fill(0.02))]).toEqual([
      0, 1, 0,
    ]);
    expect([0.95, 0.975, 0.99, 0.999].map(tailProbability)).toEqual([0.05, 0.025, 0.01, 0.001]);
    expect(() => tailProbability(1)).toThrow(/not in/);
  });
});
