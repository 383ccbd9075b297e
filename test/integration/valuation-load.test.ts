import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ValuationEvent } from '../../src/engine/valuation-cycle.ts';
import { until } from '../support/until.ts';
import { bookQuery, HOUR, type SmallMarket, smallMarket } from '../support/valuation-market.ts';

describe('valuations that wait, are cancelled, shed or stuck', () => {
  let market: SmallMarket;
  beforeAll(async () => {
    market = smallMarket();
    await market.cycle.start();
  });
  afterAll(() => market.cycle.close());

  it('a cancelled request is not computed', async () => {
    const outcome = await market.cycle.valueAtRisk(bookQuery(), {
      ...market.inputs,
      signal: AbortSignal.abort(),
    });
    expect(outcome).toMatchObject({ ok: false, reason: 'timeout' });
  });

  it('answers in the order of the questions, however many wait', async () => {
    const order: number[] = [];
    const asked = Array.from({ length: 40 }, (_, index) => index);
    await Promise.all(
      asked.map(async (index) => {
        const { ok } = await market.cycle.valueAtRisk(bookQuery({ horizonsMs: [HOUR] }), market.inputs);
        expect(ok).toBe(true);
        order.push(index);
      }),
    );
    expect(order).toEqual(asked);
  });

  it('sheds load at its queue limit and answers the rest', async () => {
    const narrow = smallMarket({ queueLimit: 4 });
    try {
      await narrow.cycle.start();
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, () => narrow.cycle.valueAtRisk(bookQuery(), narrow.inputs)),
      );
      const refused = outcomes.filter((outcome) => !outcome.ok);
      expect(refused.length).toBeGreaterThan(0);
      expect(refused.every((outcome) => !outcome.ok && outcome.reason === 'overloaded')).toBe(true);
      expect(outcomes.some((outcome) => outcome.ok)).toBe(true);
      expect((await narrow.cycle.valueAtRisk(bookQuery(), narrow.inputs)).ok).toBe(true);
    } finally {
      await narrow.cycle.close();
    }
  });

  it('ends a thread that is stuck and answers again from a new one', async () => {
    const lost: ValuationEvent[] = [];
    const hasty = smallMarket({
      deadlineMs: 20,
      stuckMs: 1500,
      onEvent: (event) => {
        if (event.kind === 'worker-lost') lost.push(event);
      },
    });
    try {
      await hasty.cycle.start();
      const heavy = bookQuery({ horizonsMs: Array.from({ length: 19 }, (_, k) => (k + 5) * HOUR) });
      const outcome = await hasty.cycle.valueAtRisk(heavy, hasty.inputs);
      expect(outcome).toMatchObject({ ok: false, reason: 'timeout' });
      await until('the stuck thread to be ended', () => lost.length > 0);
      const end = performance.now() + 20_000;
      let answered = false;
      while (!answered && performance.now() < end)
        answered = (await hasty.cycle.valueAtRisk(bookQuery(), hasty.inputs)).ok;
      expect(answered).toBe(true);
    } finally {
      await hasty.cycle.close();
    }
  }, 60_000);
});
