import { describe, expect, it } from 'vitest';
import { createCloud } from '#domain/posterior/cloud.ts';
import { blockWeights } from '#domain/posterior/fit-model.ts';
import { MODEL_IDS, poolModels } from '#domain/posterior/model-pool.ts';
import { logDensities } from '#domain/posterior/skewed-student.ts';
import { drawPrior } from '#domain/posterior/student-proposal.ts';
import { createRandom } from '#math/random.ts';
import { slowFilter } from '../../../reference/slow-filter.ts';
import { clusteredBars } from '../../../support/standard-market.ts';

const SIZE = 70;
const bars = clusteredBars(203, 5);

function priorCloud(id: string, seed: number) {
  const [model] = poolModels([id]);
  const cloud = createCloud(SIZE);
  const theta = new Float64Array(model!.parameters.length * SIZE);
  const random = createRandom(seed);
  for (let i = 0; i < SIZE; i++) {
    const at = i * model!.parameters.length;
    drawPrior(model!.prior, random, theta, at);
    model!.constrain(theta, at, cloud, i, i % 2 === 0 ? Number.NaN : 0.7);
  }
  return { model: model!, cloud };
}

describe.each(MODEL_IDS)('the volatility model %s', (id) => {
  it('its fast filter equals the plain bar-by-bar recursion, at equal and at fading weights', () => {
    for (const discount of [1, 0.999]) {
      const fast = priorCloud(id, 3);
      const slow = priorCloud(id, 3);
      const weights = blockWeights(200, discount);
      const out = new Float64Array(SIZE);
      fast.model.filter(fast.cloud, 0, SIZE, bars, 3, 203, weights, out);
      const expected = slowFilter(slow.model, slow.cloud, bars, 3, 203, weights);
      for (let i = 0; i < SIZE; i++) {
        expect(Math.abs(out[i]! / expected[i]! - 1)).toBeLessThan(1e-9);
        expect(Math.abs(fast.cloud.variance[i]! / slow.cloud.variance[i]! - 1)).toBeLessThan(1e-9);
      }
    }
  });

  it('has a prior for every parameter and positive finite variances under it', () => {
    const { model, cloud } = priorCloud(id, 9);
    expect(model.prior.mean).toHaveLength(model.parameters.length);
    expect(model.prior.sd).toHaveLength(model.parameters.length);
    for (let i = 0; i < SIZE; i++) {
      const variance = model.next(cloud, i, bars, 100);
      expect(variance).toBeGreaterThan(0);
      expect(variance).toBeLessThan(1e9);
    }
  });

  it('its density integrates to one and its second moment about the mode is the variance', () => {
    const { cloud } = priorCloud(id, 11);
    const lnDensity = new Float64Array(SIZE);
    const mass = new Float64Array(SIZE);
    const moment = new Float64Array(SIZE);
    // y = sinh(s) reaches far into the tails with even steps.
    for (let s = -16; s <= 16; s += 0.01) {
      logDensities(cloud, Math.sinh(s), lnDensity);
      for (let i = 0; i < SIZE; i++) {
        const share = Math.exp(lnDensity[i]!) * Math.cosh(s) * 0.01;
        mass[i]! += share;
        moment[i]! += share * (Math.sinh(s) - cloud.natural[i]!) ** 2;
      }
    }
    for (let i = 0; i < SIZE; i++) {
      expect(mass[i]).toBeCloseTo(1, 5);
      const nu = cloud.natural[SIZE + i]!;
      if (nu > 3) expect(moment[i]! / cloud.variance[i]!).toBeCloseTo(1, 3);
    }
  });
});
