import { describe, expect, it } from 'vitest';
import { createMixtureLaw } from '#domain/posterior/mixture-law.ts';
import { observationSeries } from '#domain/posterior/observations-from-bars.ts';
import { createAssetPosterior } from '#domain/posterior/pool-posterior.ts';
import { createState, flatState, posteriorShape, splitState } from '#domain/posterior/state-layout.ts';
import { createRandom } from '#math/random.ts';
import { drawStudent } from '#math/sampling.ts';

const HOUR = 3_600_000;
const options = { intervalMs: HOUR, particles: 64, seed: 7 };

function market(length: number, seed: number, scale = 0.01) {
  const random = createRandom(seed);
  let h = 1;
  return Array.from({ length }, (_, t) => {
    const y = Math.sqrt(h / 2) * drawStudent(random, 4);
    const realisedVariance = h * scale * scale * (0.7 + 0.6 * random.uniform());
    h = 0.05 + 0.9 * h + 0.05 * y * y;
    return { openTimeMs: t * HOUR, logReturn: y * scale, realisedVariance, elapsedBars: 1 };
  });
}

describe('the posterior over the pool', () => {
  const history = market(500, 1);
  const series = observationSeries(HOUR, history.slice(0, 400));
  const fitted = () => {
    const posterior = createAssetPosterior(options);
    posterior.fit(series);
    return posterior;
  };

  it('equal options and history give identical bytes, streamed or attached', () => {
    const a = fitted();
    const b = fitted();
    expect(a.state).toEqual(b.state);
    const { moving, constants } = posteriorShape(options);
    const shared = new Float64Array(new SharedArrayBuffer(8 * (moving + constants)));
    shared.set(flatState(a.state));
    const attached = createAssetPosterior(options, splitState(shared, { moving, constants }));
    for (const bar of history.slice(400)) {
      a.observe(bar);
      attached.observe(bar);
    }
    expect(flatState(attached.state)).toEqual(flatState(a.state));
    expect(attached.observed).toBe(500);
    expect(attached.predictive().scale[5]).toBe(a.predictive().scale[5]);
  });

  it('weights of members and of particles sum to one and the law is near the truth', () => {
    const posterior = fitted();
    for (const bar of history.slice(400)) posterior.observe(bar);
    const mixture = posterior.predictive();
    expect(mixture.weight.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 10);
    expect(posterior.diagnostics().reduce((sum, one) => sum + one.weight, 0)).toBeCloseTo(1, 10);
    const law = createMixtureLaw(mixture);
    const loss = -law.quantile(0.01);
    expect(loss).toBeGreaterThan(0.012);
    expect(loss).toBeLessThan(0.06);
    expect(law.expectedShortfall(0.01)).toBeGreaterThan(loss);
  });

  it('rescaling every return rescales the law and nothing else', () => {
    const factor = 8;
    const scaled = history.slice(0, 400).map((bar) => ({
      ...bar,
      logReturn: bar.logReturn * factor,
      realisedVariance: bar.realisedVariance * factor * factor,
    }));
    const other = createAssetPosterior(options);
    other.fit(observationSeries(HOUR, scaled));
    const ratio =
      createMixtureLaw(other.predictive()).quantile(0.01) /
      createMixtureLaw(fitted().predictive()).quantile(0.01);
    expect(ratio).toBeCloseTo(factor, 6);
  });

  it('survives a crash of 99 %, a constant market and a two-bar history without NaN', () => {
    const posterior = fitted();
    posterior.observe({ openTimeMs: 400 * HOUR, logReturn: -4.6, realisedVariance: 21, elapsedBars: 1 });
    for (const bar of history.slice(401)) posterior.observe(bar);
    expect(createMixtureLaw(posterior.predictive()).quantile(0.01)).toBeLessThan(0);
    const still = createAssetPosterior(options);
    const flat = market(300, 3).map((bar) => ({ ...bar, logReturn: 0, realisedVariance: Number.NaN }));
    still.fit(observationSeries(HOUR, flat));
    expect(Number.isFinite(createMixtureLaw(still.predictive()).quantile(0.01))).toBe(true);
    const young = createAssetPosterior(options);
    young.fit(observationSeries(HOUR, history.slice(0, 2)));
    expect(Number.isFinite(createMixtureLaw(young.predictive()).expectedShortfall(0.01))).toBe(true);
  });

  it('one simulated step follows the predictive law, several steps widen it', () => {
    const posterior = fitted();
    const out = new Float64Array(20000);
    const scales = new Float64Array(20000);
    posterior.simulate(1, 3, out, scales);
    const law = createMixtureLaw(posterior.predictive());
    for (const p of [0.01, 0.05, 0.5, 0.95]) {
      const quantile = law.quantile(p);
      const share = out.filter((x) => x <= quantile).length / out.length;
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / out.length));
    }
    expect(scales.every((s) => s > 0)).toBe(true);
    const far = new Float64Array(20000);
    posterior.simulate(10, 3, far);
    const spread = (draws: Float64Array) =>
      Math.sqrt(draws.reduce((sum, x) => sum + x * x, 0) / draws.length);
    expect(spread(far) / spread(out)).toBeGreaterThan(2);
    expect(spread(far) / spread(out)).toBeLessThan(6);
  });

  it('refuses to predict before a fit, a foreign state and a return that is not a number', () => {
    expect(() => createAssetPosterior(options).predictive()).toThrow('not been fitted');
    expect(() => createAssetPosterior(options, createState({ moving: 5, constants: 5 }))).toThrow(RangeError);
    expect(() => createAssetPosterior({ ...options, seed: 8, intervalMs: 1 }, fitted().state)).toThrow(
      RangeError,
    );
    expect(() => fitted().observe({ ...history[400]!, logReturn: Number.NaN })).toThrow(RangeError);
    expect(() => createAssetPosterior({ ...options, models: ['oracle'] })).toThrow('oracle');
  });
});
