import { describe, expect, it } from 'vitest';
import { namedShock, SHOCK_NAMES } from '../../../src/domain/scenario/named-shocks.ts';

describe('named shocks', () => {
  it('are what happened to a coin that was listed, whatever dollar it is quoted in', () => {
    expect(namedShock('march-2020', 'BTCUSDT')).toBe(-39.5);
    expect(namedShock('march-2020', 'BTCUSDC')).toBe(-39.5);
    expect(namedShock('may-2021', 'DOGEUSDT')).toBe(-30.7);
  });

  it('give a coin listed later the median of the others', () => {
    expect(namedShock('march-2020', 'NEWUSDT')).toBeCloseTo(-41.85, 9);
  });

  it('never take more than everything', () => {
    for (const name of SHOCK_NAMES)
      for (const symbol of ['BTCUSDT', 'CHZUSDT', 'X'])
        expect(namedShock(name, symbol)).toBeGreaterThan(-100);
  });
});
