/** The books that the service values before anybody asks. */
import { describe, expect, it } from 'vitest';
import { failure, success } from '#domain/failure.ts';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskQuery } from '#domain/measure/risk-query.ts';
import { rehearse } from '#service/rehearsal.ts';

const ANSWER = {} as RiskAnswer;

describe('the rehearsal', () => {
  it('values different long and short books of every symbol, joint ones where there are several', async () => {
    const asked: RiskQuery[] = [];
    const valued = await rehearse(
      {
        valueAtRisk(query) {
          asked.push(query);
          return Promise.resolve(success(ANSWER));
        },
      },
      ['A', 'B', 'C'],
    );
    expect(valued).toBe(asked.length);
    expect(new Set(asked.map(({ positions }) => JSON.stringify(positions))).size).toBe(asked.length);
    for (const { positions } of asked) {
      expect(positions.map(({ symbol }) => symbol)).toEqual(['A', 'B', 'C']);
      expect(new Set(positions.map(({ notional }) => Math.sign(notional!)))).toEqual(new Set([-1, 1]));
    }
  });

  it('ends at the first failure', async () => {
    let asked = 0;
    const valued = await rehearse(
      {
        valueAtRisk() {
          asked++;
          return Promise.resolve(failure('timeout', 'late'));
        },
      },
      ['A'],
    );
    expect(valued).toBe(0);
    expect(asked).toBeLessThan(10);
  });
});
