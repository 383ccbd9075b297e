/** A model is replaced under several threads that answer without a pause. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import { bookQuery, DAY, HOUR, type SmallMarket, smallMarket } from '../support/valuation-market.ts';

const THREADS = 3;
/** Enough questions at once that every thread has some at hand. */
const ASKERS = THREADS * 2;
const SWAPS = 4;
const MODEL = 'AAAUSDT:1h';
/** One symbol with the swapped model, one without, tabulated horizons and one on demand. */
const QUESTION = bookQuery({ horizonsMs: [HOUR, 3 * HOUR, DAY] });

interface Heard {
  readonly answer: RiskAnswer;
  /** Swaps that were over when it was asked, and that had begun when it was answered. */
  readonly over: number;
  readonly begun: number;
}

let market: SmallMarket;
/** The state the model starts with, and another; taken in turns. */
let images: Float64Array[];

async function ask(): Promise<RiskAnswer> {
  const outcome = await market.cycle.valueAtRisk(QUESTION, market.inputs);
  if (!outcome.ok) throw new Error(`${outcome.reason}: ${outcome.message}`);
  return outcome.value;
}

beforeAll(async () => {
  market = smallMarket({ threads: THREADS, deadlineMs: 60_000 });
  const other = smallMarket({ seed: 43 });
  await Promise.all([market.cycle.start(), other.cycle.start()]);
  images = [market, other].map(({ cycle }) => cycle.running(MODEL)!);
  await other.cycle.close();
});
afterAll(() => market.cycle.close());

describe('a hot swap', () => {
  it(`is atomic in all ${THREADS} threads: whoever asks after it gets the new version, and no answer mixes two`, async () => {
    const versions = [(await ask()).model.version];
    const heard: Heard[] = [];
    let begun = 0;
    let over = 0;
    let done = false;
    const asker = async () => {
      while (!done) {
        const overThen = over;
        const answer = await ask();
        heard.push({ answer, over: overThen, begun });
      }
    };
    const askers = Array.from({ length: ASKERS }, asker);
    for (let swap = 1; swap <= SWAPS; swap++) {
      begun = swap;
      await market.cycle.install(MODEL, `v${swap}`, images[swap % 2]!);
      over = swap;
      // All at once, so that no thread is left out.
      const all = await Promise.all(Array.from({ length: ASKERS }, ask));
      const told = new Set(all.map(({ model }) => model.version));
      expect(told.size).toBe(1);
      versions.push(all[0]!.model.version);
    }
    done = true;
    await Promise.all(askers);

    // Each swap changed the version, to the name that the same state had before.
    expect(versions).toEqual(versions.map((_, swap) => versions[swap % 2]));
    expect(versions[0]).not.toBe(versions[1]);
    for (const { answer, over: least, begun: most } of heard)
      expect(versions.slice(least, most + 1)).toContain(answer.model.version);
    const figures = new Map<string, Set<string>>();
    for (const { answer } of heard) {
      const { version } = answer.model;
      figures.set(version, (figures.get(version) ?? new Set()).add(JSON.stringify(answer.results)));
    }
    // One state, one set of figures: an answer that read two would be a third.
    expect([...figures.values()].map(({ size }) => size)).toEqual([...figures].map(() => 1));
    expect(new Set([...figures.values()].flatMap((texts) => [...texts])).size).toBe(figures.size);
    expect(heard.length).toBeGreaterThan(SWAPS * ASKERS);
  });
});
