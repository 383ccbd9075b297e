/**
 * Values books of its own before the first caller's, so that nobody's answer waits for code to be compiled and
 * tables to be touched: cold, the first 200 books took half a second to answer. What they say is thrown away.
 * Flow: start-service -> here -> valuation cycle. Units: milliseconds.
 */
import type { Quality } from '#domain/measure/risk-answer.ts';
import type { ValuationCycle } from '#engine/valuation-cycle.ts';

const BOOKS = 200;
/** As many at a time as there may be threads, so that each of them learns. */
const AT_A_TIME = 4;
/** A slow machine starts cold rather than late. */
const MOST_MS = 1_500;
const HOUR_MS = 3_600_000;
const NOBODY_ASKED: Quality = { status: 'fresh', maxAgeMs: 0, gaps: [], excluded: [], reasons: [] };

/** Returns how many books were valued; a failure ends the rehearsal, and the first caller is told of it. */
export async function rehearse(
  cycle: Pick<ValuationCycle, 'valueAtRisk'>,
  symbols: readonly string[],
): Promise<number> {
  const started = performance.now();
  for (let valued = 0; valued < BOOKS; valued += AT_A_TIME) {
    const answers = await Promise.all(
      Array.from({ length: AT_A_TIME }, (_, lane) =>
        cycle.valueAtRisk(
          {
            positions: symbols.map((symbol, at) => ({
              symbol,
              notional: (at % 3 === 0 ? -1 : 1) * (1_000 + valued + lane),
            })),
            confidences: [0.95, 0.99],
            horizonsMs: [HOUR_MS, 24 * HOUR_MS],
            credibleMass: 0.9,
            method: 'bayes',
            contributions: true,
          },
          { prices: [], quality: NOBODY_ASKED, provenance: 'synthetic' },
        ),
      ),
    );
    if (answers.some(({ ok }) => !ok) || performance.now() - started > MOST_MS) return valued;
  }
  return BOOKS;
}
