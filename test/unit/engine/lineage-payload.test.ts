/** What an answer stood on and said goes into its lineage record and comes back to the last bit. */
import { describe, expect, it } from 'vitest';
import type { RiskResult } from '#domain/measure/risk-answer.ts';
import { type LineageAnswer, readLineage, writeLineage } from '#engine/lineage-payload.ts';
import { createRandom } from '#math/random.ts';

const random = createRandom(7);
const next = () => random.uniform();
const estimate = () => ({
  estimate: next(),
  lower: -next() * 1e-300,
  upper: next() * 1e300,
  modelLower: 1 / 3,
  modelUpper: Number.MIN_VALUE,
  stdError: 0,
});
const result = (confidence: number, more: Partial<RiskResult> = {}): RiskResult => ({
  confidence,
  horizonMs: 3_600_000,
  var: estimate(),
  es: estimate(),
  varRatio: next(),
  ...more,
});
const answer = (results: readonly RiskResult[], exposures: readonly number[] = [0.1 + 0.2, -1e9, 5]) =>
  ({
    provenance: 'synthetic',
    task: {
      symbols: exposures.map((_, index) => index),
      exposures,
      confidences: [0.95, 0.99],
      horizonsMs: [3_600_000],
      credibleMass: 0.9,
      contributions: true,
      method: 'bayes',
      seed: 1,
      precise: true,
    },
    epochs: ['a'.repeat(64)],
    results,
  }) satisfies LineageAnswer;
const kept = (of: LineageAnswer) => readLineage(JSON.parse(JSON.stringify(writeLineage(of))));

describe('a lineage record', () => {
  it('gives back task, epochs and figures to the last bit, in the order in which they are hashed', () => {
    const of = answer([result(0.95), result(0.99)]);
    expect(kept(of)).toEqual(of);
    expect(JSON.stringify(kept(of))).toBe(JSON.stringify(of));
  });

  it('gives back what only some results hold', () => {
    const contribution = {
      symbol: 'A',
      exposure: 0.1,
      marginalVar: 0.2,
      componentVar: 0.3,
      componentEs: 0.4,
      incrementalVar: -0.5,
    };
    const window = { startMs: 1, endMs: 2, runs: 3, historyStartMs: 0, spansYear: false };
    const tail = [{ probability: 0.01, loss: 7.5, items: [{ symbol: 'A', return: -0.1, pnl: -7.5 }] }];
    const of = answer([
      result(0.95, { contributions: [contribution], tail }),
      result(0.99),
      result(0.9, { window }),
    ]);
    expect(JSON.stringify(kept(of))).toBe(JSON.stringify(of));
  });

  it('of an empty book is as empty', () => {
    const of = answer([], []);
    expect(kept(of)).toEqual(of);
  });

  it('takes less than two thirds of the letters of decimals', () => {
    const of = answer([result(0.95), result(0.99)], Array.from({ length: 10 }, next));
    expect(JSON.stringify(writeLineage(of)).length).toBeLessThan((JSON.stringify(of).length * 2) / 3);
  });

  it('of the form before can still be read', () => {
    const of = answer([result(0.95)]);
    expect(readLineage({ schema: 2, ...of })).toMatchObject(of);
  });

  it('of an unknown form is refused by its number', () => {
    expect(() => readLineage({ schema: 9 })).toThrow('a lineage record of form 9');
  });
});
