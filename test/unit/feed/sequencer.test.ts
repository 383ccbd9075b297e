import { describe, expect, it } from 'vitest';
import type { LostWindow, Trade } from '../../../src/domain/market/tick.ts';
import { Sequencer } from '../../../src/feed/binance/sequencer.ts';
import fc from '../../support/seeded-check.ts';

function trade(id: number, recovered = false): Trade {
  return {
    kind: 'trade',
    symbolIndex: 3,
    id,
    price: 100,
    quantity: 1,
    buyerIsMaker: false,
    tsTradeUs: id * 1000,
    tsEventUs: id * 1000,
    tsReceiveUs: id * 1000,
    fills: 1,
    recovered,
  };
}

function watched(capacity = 1000) {
  const delivered: Trade[] = [];
  const lost: LostWindow[] = [];
  let holes = 0;
  const sequencer = new Sequencer(3, capacity, {
    onTrade: (item) => delivered.push(item),
    onLost: (window) => lost.push(window),
    onHole: () => {
      holes += 1;
    },
  });
  const ids = () => delivered.map(({ id }) => id);
  const rows = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, at) => trade(from + at, true));
  return { sequencer, delivered, lost, ids, rows, holes: () => holes };
}

describe('the order of trades', () => {
  it('drops and counts what it has seen, live or held', () => {
    const { sequencer, ids } = watched();
    for (const id of [5, 6, 6, 5, 9, 9, 7]) sequencer.live(trade(id));
    expect(ids()).toEqual([5, 6, 7]);
    expect(sequencer.duplicates).toBe(3);
  });

  it('holds what lies beyond a hole and releases it in one step with the filling', () => {
    const { sequencer, ids, rows, holes } = watched();
    for (const id of [1, 5, 6]) sequencer.live(trade(id));
    expect([ids(), holes()]).toEqual([[1], 1]);
    sequencer.fill(rows(2, 6));
    expect(ids()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(sequencer).toMatchObject({
      gaps: 1,
      gapsFilled: 1,
      filledRows: 3,
      duplicates: 0,
      heldFrom: Number.POSITIVE_INFINITY,
    });
  });

  it('a second hole behind the first is announced, and one page may close both', () => {
    const { sequencer, ids, rows, holes } = watched();
    for (const id of [1, 3, 5]) sequencer.live(trade(id));
    sequencer.fill(rows(2, 2));
    expect([ids(), holes()]).toEqual([[1, 2, 3], 2]);
    const other = watched();
    for (const id of [1, 3, 5]) other.sequencer.live(trade(id));
    other.sequencer.fill(other.rows(2, 9));
    expect(other.ids()).toEqual([1, 2, 3, 4, 5]);
    expect(other.sequencer).toMatchObject({ gaps: 2, gapsFilled: 2, filledRows: 2 });
  });

  it('two overlapping links that close a hole themselves make no gap', () => {
    const { sequencer, ids } = watched();
    for (const id of [1, 3, 2, 4]) sequencer.live(trade(id));
    expect(ids()).toEqual([1, 2, 3, 4]);
    expect(sequencer).toMatchObject({ gaps: 0, duplicates: 0 });
  });

  it('never runs ahead of the stream while filling, except up to a stated id', () => {
    const { sequencer, ids, rows } = watched();
    sequencer.live(trade(1));
    sequencer.fill(rows(2, 9));
    expect(ids()).toEqual([1]);
    sequencer.fill(rows(2, 9), 4);
    sequencer.settle();
    expect(ids()).toEqual([1, 2, 3, 4]);
    expect(sequencer).toMatchObject({ gaps: 1, gapsFilled: 1 });
  });

  it('what is given up is named, and the rest goes on at once', () => {
    const { sequencer, ids, lost } = watched();
    for (const id of [1, 4, 5, 8]) sequencer.live(trade(id));
    sequencer.giveUp('rest-failed');
    expect(ids()).toEqual([1, 4, 5]);
    expect(lost).toEqual([
      { kind: 'lost', symbolIndex: 3, fromId: 2, toId: 3, fromUs: 1000, toUs: 4000, reason: 'rest-failed' },
    ]);
    expect(sequencer).toMatchObject({ gaps: 1, gapsFilled: 0, heldFrom: 8 });
  });

  it('a full buffer ends the waiting', () => {
    const { sequencer, ids, lost } = watched(3);
    for (const id of [1, 10, 11, 12, 13]) sequencer.live(trade(id));
    expect(ids()).toEqual([1, 10, 11, 12, 13]);
    expect(lost).toMatchObject([{ fromId: 2, toId: 9, reason: 'buffer-full' }]);
  });

  it('where the exchange itself skips ids, only what it does not serve is lost', () => {
    const { sequencer, ids, lost, rows } = watched();
    for (const id of [1, 9]) sequencer.live(trade(id));
    sequencer.giveUp('not-served', trade(6, true));
    sequencer.fill(rows(6, 9));
    expect(ids()).toEqual([1, 6, 7, 8, 9]);
    expect(lost).toMatchObject([{ fromId: 2, toId: 5 }]);
  });

  it('whatever is lost, doubled, shuffled and refilled: each id once, in order, or in a lost window', () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.record({ live: fc.integer({ min: 0, max: 60 }) }) },
      { weight: 2, arbitrary: fc.record({ from: fc.integer({ min: -3, max: 3 }), length: fc.nat(15) }) },
      { weight: 1, arbitrary: fc.constant({ giveUp: true }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const { sequencer, ids, lost, rows } = watched(12);
        sequencer.live(trade(0));
        for (const action of steps) {
          const last = sequencer.last?.id as number;
          if ('live' in action) sequencer.live(trade(action.live));
          else if ('from' in action)
            sequencer.fill(rows(last + action.from, last + action.from + action.length));
          else sequencer.giveUp('not-served');
        }
        const covered = [
          ...ids().map((id) => [id, id]),
          ...lost.map(({ fromId, toId }) => [fromId, toId]),
        ].sort(([a], [b]) => (a as number) - (b as number)) as [number, number][];
        for (const [at, [from, to]] of covered.entries()) {
          expect(to).toBeGreaterThanOrEqual(from);
          expect(from).toBe(at === 0 ? 0 : (covered[at - 1] as [number, number])[1] + 1);
        }
        expect(ids()).toEqual([...ids()].sort((a, b) => a - b));
        expect(sequencer.gapsFilled).toBeLessThanOrEqual(sequencer.gaps);
      }),
      { numRuns: 500 },
    );
  });
});
