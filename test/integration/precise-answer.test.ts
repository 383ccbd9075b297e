/** What a caller gets who asks for a precise answer. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import { bookQuery, HOUR, type SmallMarket, smallMarket } from '../support/valuation-market.ts';

let market: SmallMarket;
beforeAll(async () => {
  market = smallMarket();
  await market.cycle.start();
});
afterAll(() => market.cycle.close());

async function answerTo(precise: boolean): Promise<RiskAnswer> {
  const positions = [
    { symbol: 'AAAUSDT', notional: 1_000 },
    { symbol: 'BBBUSDT', notional: -950 },
    { symbol: 'CCCUSDT', notional: 400 },
  ];
  const query = bookQuery({ positions, confidences: [0.99], horizonsMs: [HOUR], precise });
  const outcome = await market.cycle.valueAtRisk(query, market.inputs);
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome.value;
}

it('a hedged book is valued again where a precise answer is asked for, with less error, the same each time', async () => {
  const quick = await answerTo(false);
  const precise = await answerTo(true);
  expect((await answerTo(true)).results).toEqual(precise.results);
  expect(precise.lineageId).not.toBe(quick.lineageId);
  const [rough, fine] = [quick.results[0]!.es, precise.results[0]!.es];
  expect(fine.stdError).toBeLessThan(rough.stdError);
  expect(Math.abs(fine.estimate - rough.estimate)).toBeLessThan(5 * rough.stdError);
});
