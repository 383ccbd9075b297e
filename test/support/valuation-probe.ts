/**
 * A process of its own that fits, sees a few bars, and prints its answers: run twice, the output must be the
 * same to the last byte.
 */
import { bookQuery, DAY, HISTORY, HOUR, smallMarket } from './valuation-market.ts';

const { cycle, bars, inputs } = smallMarket();
await cycle.start();
// The order of arrival within a bar, and whether bars come alone or together, must not matter.
const together = process.argv[2] === 'together';
for (let t = HISTORY; t < HISTORY + 4; t++) {
  const symbols = together ? [2, 0, 1] : [0, 1, 2];
  for (const symbolIndex of symbols) {
    cycle.onBar(symbolIndex, bars.get(HOUR)![symbolIndex]![t]!);
    if (!together) await cycle.idle();
  }
}
await cycle.idle();
for (const query of [
  bookQuery(),
  bookQuery({ contributions: true, horizonsMs: [4 * HOUR, 2 * DAY] }),
  bookQuery({ positions: [{ symbol: 'BBBUSDT', notional: -1000 }] }),
  bookQuery({ seed: 5 }),
]) {
  const answer = await cycle.valueAtRisk(query, inputs);
  if (!answer.ok) throw new Error(answer.message);
  console.log(JSON.stringify({ ...answer.value, calcUs: 0 }));
}
await cycle.close();
