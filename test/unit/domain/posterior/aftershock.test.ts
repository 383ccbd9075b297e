import { describe, expect, it } from 'vitest';
import { lnSwellOf, shockOf, tiltOf } from '#domain/posterior/aftershock.ts';
import { createCloud } from '#domain/posterior/cloud.ts';
import { createMixture, fillMixture } from '#domain/posterior/fill-mixture.ts';
import { createMixtureLaw } from '#domain/posterior/mixture-law.ts';
import { observationSeries } from '#domain/posterior/observations-from-bars.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import { setLaw } from '#domain/posterior/skewed-student.ts';
import { createRandom } from '#math/random.ts';
import { drawStudent } from '#math/sampling.ts';
import { lnGamma } from '#math/special-functions.ts';
import fc from '../../../support/seeded-check.ts';

/** One particle's law of the next return after a shock. */
function lawAfter(shock: number, { mean = 0, lnNuMinus2 = 1, lnSkew = 0, variance = 1 } = {}) {
  const cloud = createCloud(1);
  setLaw(cloud, 0, mean, lnNuMinus2, lnSkew);
  cloud.variance[0] = variance;
  cloud.weight[0] = 1;
  const mixture = createMixture(1, 1);
  fillMixture([cloud], [1], 1, shock, mixture);
  const [location, scale, nu, skew] = [mixture.location, mixture.scale, mixture.nu, mixture.skew].map(
    (column) => column[0]!,
  ) as [number, number, number, number];
  // Moments of the two-piece law about its mode, from those of the half Student-t.
  const size =
    (2 * Math.sqrt(nu) * Math.exp(lnGamma((nu + 1) / 2) - lnGamma(nu / 2))) / (Math.sqrt(Math.PI) * (nu - 1));
  const square = nu / (nu - 2);
  const moments = {
    mean: location + scale * size * (skew - 1 / skew),
    aboutMode: scale ** 2 * square * (skew ** 2 + skew ** -2 - 1),
  };
  return { law: createMixtureLaw(mixture), moments };
}

const shape = fc.record({
  mean: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  lnNuMinus2: fc.double({ min: -1, max: 4, noNaN: true }),
  lnSkew: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
  variance: fc.double({ min: 0.2, max: 5, noNaN: true }),
});

describe('the law after a large move', () => {
  it('keeps its mean, and its second moment but for the swell', () => {
    fc.assert(
      fc.property(shape, fc.double({ min: -2.5, max: 2.5, noNaN: true }), (of, shock) => {
        const swell = Math.exp(lnSwellOf(shock));
        const calm = lawAfter(0, of).moments;
        const { mean, aboutMode } = lawAfter(shock, of).moments;
        expect(aboutMode).toBeCloseTo(swell ** 2 * calm.aboutMode, 9);
        expect(mean).toBeCloseTo(swell * calm.mean, 9);
      }),
    );
  });

  it('is heavier on the side of the move and lighter on the other, both ways alike', () => {
    const [fall, calm, rise] = [-1, 0, 1].map((shock) => lawAfter(shock).law);
    for (const p of [0.01, 0.025, 0.05]) {
      expect(fall!.quantile(p)).toBeLessThan(calm!.quantile(p));
      expect(fall!.quantile(1 - p)).toBeLessThan(calm!.quantile(1 - p));
      expect(rise!.quantile(p)).toBeCloseTo(-fall!.quantile(1 - p), 9);
    }
  });

  it('is what it was after a bar that was forecast to the point', () => {
    expect([tiltOf(0), lnSwellOf(0), lnSwellOf(-1)]).toEqual([1, 0, 0]);
  });

  it('knows no shock beyond its limit, nor one of a variance that says nothing', () => {
    expect(shockOf(-100, 1)).toBe(shockOf(-3, 1));
    expect(shockOf(-100, 1)).toBe(-shockOf(100, 1));
    for (const variance of [Number.NaN, -1]) expect(shockOf(1, variance)).toBe(0);
    expect(shockOf(0, 0)).toBe(0);
    expect(Number.isFinite(shockOf(1, 0))).toBe(true);
  });
});

describe('a posterior after a large move', () => {
  const HOUR = 3_600_000;
  const random = createRandom(5);
  let h = 1;
  const history = Array.from({ length: 1_200 }, (_, t) => {
    const y = Math.sqrt(h / 2) * drawStudent(random, 4);
    h = 0.05 + 0.88 * h + 0.07 * y * y;
    return { openTimeMs: t * HOUR, logReturn: y / 100, realisedVariance: Number.NaN, elapsedBars: 1 };
  });
  function scene(intervalMs: number) {
    const options = { intervalMs, particles: 256, seed: 3, models: ['gjr'] };
    const at = (t: number) => t * intervalMs;
    const fitted = createAssetPosterior(options);
    fitted.fit(
      observationSeries(
        intervalMs,
        history.map((bar, t) => ({ ...bar, openTimeMs: at(t) })),
      ),
    );
    const following = (logReturn: number) => {
      const { moving, constants } = fitted.state;
      const posterior = createAssetPosterior(options, {
        moving: moving.slice(),
        constants: constants.slice(),
      });
      const bar = { openTimeMs: at(history.length), logReturn, realisedVariance: Number.NaN, elapsedBars: 1 };
      posterior.observe(bar);
      return posterior;
    };
    return { fitted, following };
  }
  /** Of two laws, after a fall and after as large a rise: lower tail over upper tail, in logarithms. */
  function lopsided({ fitted, following }: ReturnType<typeof scene>): number {
    const size = createMixtureLaw(fitted.predictive()).quantile(0.99);
    const [fall, rise] = [-size, size].map((move) => {
      const law = createMixtureLaw(following(move).predictive());
      return Math.log(-law.quantile(0.01) / law.quantile(0.99));
    });
    return fall! - rise!;
  }
  const { fitted, following } = scene(HOUR);

  it('tilts its law towards the move within a day, and not from half a day on', () => {
    expect(lopsided({ fitted, following })).toBeGreaterThan(0.3);
    expect(Math.abs(lopsided(scene(12 * HOUR)))).toBeLessThan(0.05);
  });

  it('is not shocked by a bar within what it expected', () => {
    const shocks = [-1e-6, 1e-6].map((move) => createMixtureLaw(following(move).predictive()).quantile(0.01));
    expect(shocks[0]! / shocks[1]!).toBeCloseTo(1, 4);
  });

  it('simulates two steps as it would see them come: each with the shock of the one before', () => {
    const first = createMixtureLaw(fitted.predictive());
    const steps = 400;
    const sums = new Float64Array(200_000);
    fitted.simulate(2, 1, sums);
    sums.sort();
    for (const p of [0.01, 0.025, 0.975, 0.99]) {
      const quantile = sums[Math.floor(p * sums.length)]!;
      let below = 0;
      for (let k = 0; k < steps; k++) {
        const move = first.quantile((k + 0.5) / steps);
        below += createMixtureLaw(following(move).predictive()).cdf(quantile - move) / steps;
      }
      const tail = Math.min(p, 1 - p);
      expect(Math.abs((p < 0.5 ? below : 1 - below) / tail - 1)).toBeLessThan(0.1);
    }
  });
});
