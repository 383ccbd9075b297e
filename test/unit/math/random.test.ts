import { describe, expect, it } from 'vitest';
import { createRandom } from '#math/random.ts';
import { drawGamma, drawStudent, fillWishart } from '#math/sampling.ts';
import { normalCdf, studentCdf } from '#math/special-functions.ts';

/** Kolmogorov-Smirnov distance times sqrt(n); above 1.95 has probability 0.001. */
function ksStatistic(draws: Float64Array, cdf: (x: number) => number): number {
  draws.sort();
  let distance = 0;
  draws.forEach((x, i) => {
    const u = cdf(x);
    distance = Math.max(distance, u - i / draws.length, (i + 1) / draws.length - u);
  });
  return distance * Math.sqrt(draws.length);
}

describe('random streams', () => {
  it('equal names give equal draws and the first words never change', () => {
    const words = (stream: { nextUint32(): number }) => [stream.nextUint32(), stream.nextUint32()];
    expect(words(createRandom(7, 1, 2))).toEqual(words(createRandom(7).fork(1, 2)));
    expect(words(createRandom(1))).toEqual([1620720575, 198061596]);
  });

  it('neighbouring names share no visible pattern', () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 300; seed++)
      for (let stream = 0; stream < 30; stream++) seen.add(createRandom(seed, stream, 0.5).nextUint32());
    expect(seen.size).toBeGreaterThan(8980);
    const a = createRandom(3, 1);
    const b = createRandom(3, 2);
    let product = 0;
    for (let i = 0; i < 20000; i++) product += a.normal() * b.normal();
    expect(Math.abs(product) / Math.sqrt(20000)).toBeLessThan(3.5);
  });

  it('forking leaves the parent where it was', () => {
    const parent = createRandom(5);
    const twin = createRandom(5);
    parent.fork(1).uniform();
    expect(parent.uniform()).toBe(twin.uniform());
  });

  it('uniform, normal, Student-t and gamma follow their laws', () => {
    const random = createRandom(11);
    const draw = (one: () => number) => Float64Array.from({ length: 40000 }, one);
    expect(
      ksStatistic(
        draw(() => random.uniform()),
        (x) => x,
      ),
    ).toBeLessThan(1.95);
    expect(
      ksStatistic(
        draw(() => random.normal()),
        normalCdf,
      ),
    ).toBeLessThan(1.95);
    expect(
      ksStatistic(
        draw(() => drawStudent(random, 3.5)),
        (x) => studentCdf(x, 3.5),
      ),
    ).toBeLessThan(1.95);
    const exponential = draw(() => drawGamma(random, 0.5) + drawGamma(random, 0.5));
    expect(ksStatistic(exponential, (x) => 1 - Math.exp(-x))).toBeLessThan(1.95);
  });

  it('Wishart draws average to degrees times scale', () => {
    const random = createRandom(2);
    const factor = new Float64Array([1, 0, 0.5, 2]);
    const out = new Float64Array(4);
    const mean = new Float64Array(4);
    for (let i = 0; i < 20000; i++) {
      fillWishart(random, factor, 2, 7, out, new Float64Array(4));
      for (let k = 0; k < 4; k++) mean[k]! += out[k]! / 20000;
    }
    [7, 3.5, 3.5, 29.75].forEach((expected, k) => {
      expect(Math.abs(mean[k]! / expected - 1)).toBeLessThan(0.04);
    });
    expect(() => fillWishart(random, factor, 2, 1, out, new Float64Array(4))).toThrow(RangeError);
  });
});
