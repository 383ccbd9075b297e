import { describe, expect, it } from 'vitest';
import type { Tick } from '../../../src/domain/market/tick.ts';
import { LOST_REASONS } from '../../../src/domain/market/tick.ts';
import {
  createTickRing,
  kindOf,
  symbolIndexOf,
  TICK_KIND,
  TICK_WORDS,
  TickRingReader,
  TickRingWriter,
} from '../../../src/memory/tick-ring.ts';
import fc from '../../support/seeded-check.ts';

const id = fc.nat(2 ** 31);
const price = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
const time = fc.integer({ min: 1e15, max: 2e15 });
const symbolIndex = fc.nat(2000);

const tick: fc.Arbitrary<Tick> = fc.oneof(
  fc.record({
    kind: fc.constant('trade' as const),
    symbolIndex,
    id,
    price,
    quantity: price,
    buyerIsMaker: fc.boolean(),
    tsTradeUs: time,
    tsEventUs: time,
    tsReceiveUs: time,
    fills: fc.integer({ min: 1, max: 900 }),
    recovered: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('quote' as const),
    symbolIndex,
    updateId: id,
    bid: price,
    bidQuantity: price,
    ask: price,
    askQuantity: price,
    tsReceiveUs: time,
  }),
  fc.record({
    kind: fc.constant('lost' as const),
    symbolIndex,
    fromId: id,
    toId: id,
    fromUs: time,
    toUs: time,
    reason: fc.constantFrom(...LOST_REASONS),
  }),
);

function write(writer: TickRingWriter, item: Tick): void {
  if (item.kind === 'trade') writer.writeTrade(item);
  else if (item.kind === 'quote') writer.writeQuote(item, item.tsReceiveUs + 5);
  else writer.writeLost(item);
}

/** What the slot of a tick must hold, said without the ring's own constants. */
function wordsOf(item: Tick): number[] {
  if (item.kind === 'trade') {
    const meta = 1 + (item.buyerIsMaker ? 4 : 0) + (item.recovered ? 8 : 0) + 16 * item.symbolIndex;
    const { price, quantity, tsTradeUs, tsEventUs, tsReceiveUs, fills } = item;
    return [meta, item.id, price, quantity, tsTradeUs, tsEventUs, tsReceiveUs, fills];
  }
  if (item.kind === 'quote') {
    const { updateId, bid, bidQuantity, ask, askQuantity, tsReceiveUs } = item;
    return [
      2 + 16 * item.symbolIndex,
      updateId,
      bid,
      bidQuantity,
      ask,
      askQuantity,
      tsReceiveUs,
      tsReceiveUs + 5,
    ];
  }
  const { fromId, toId, fromUs, toUs, reason } = item;
  return [3 + 16 * item.symbolIndex, fromId, toId, fromUs, toUs, LOST_REASONS.indexOf(reason), 0, 0];
}

describe('the tick ring against an array', () => {
  it('gives every reader what was written, in order, or counts it as missed', () => {
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ write: tick }) },
      { weight: 2, arbitrary: fc.record({ read: fc.nat(1), batch: fc.integer({ min: 1, max: 20 }) }) },
    );
    const start = fc.constantFrom(0, 2 ** 31 - 40, -3, 2 ** 31 - 1);
    fc.assert(
      fc.property(fc.array(action, { maxLength: 300 }), start, (actions, first) => {
        const memory = createTickRing(16, first);
        const writer = new TickRingWriter(memory);
        const readers = [new TickRingReader(memory), new TickRingReader(memory)];
        const written: number[][] = [];
        const seen = [0, 0];
        for (const step of actions) {
          if ('write' in step) {
            write(writer, step.write);
            written.push(wordsOf(step.write));
            continue;
          }
          const reader = readers[step.read] as TickRingReader;
          const out = new Float64Array(step.batch * TICK_WORDS);
          const missedBefore = reader.missed;
          const count = reader.read(out);
          seen[step.read] = (seen[step.read] as number) + reader.missed - missedBefore;
          for (let at = 0; at < count; at += 1) {
            const expected = written[seen[step.read] as number];
            expect([...out.subarray(at * TICK_WORDS, (at + 1) * TICK_WORDS)]).toEqual(expected);
            seen[step.read] = (seen[step.read] as number) + 1;
          }
          expect(reader.lag).toBe(written.length - (seen[step.read] as number));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a reader in time misses nothing, also where the cursor wraps past 2^31 and 2^32', () => {
    for (const first of [2 ** 31 - 500, -500]) {
      const memory = createTickRing(64, first);
      const writer = new TickRingWriter(memory);
      const reader = new TickRingReader(memory);
      const out = new Float64Array(8 * TICK_WORDS);
      let next = 0;
      for (let index = 0; index < 1000; index += 1) {
        writer.writeLost({
          kind: 'lost',
          symbolIndex: 1,
          fromId: index,
          toId: 0,
          fromUs: 0,
          toUs: 0,
          reason: 'not-served',
        });
        if (index % 5 !== 0) continue;
        const count = reader.read(out);
        for (let at = 0; at < count; at += 1) {
          expect(out[at * TICK_WORDS + 1]).toBe(next);
          next += 1;
        }
      }
      expect([reader.laps, reader.missed]).toEqual([0, 0]);
      expect(next).toBeGreaterThan(990);
    }
  });

  it('an overtaken reader counts what it missed and goes on with whole ticks', () => {
    const memory = createTickRing(16);
    const writer = new TickRingWriter(memory);
    const reader = new TickRingReader(memory);
    for (let index = 0; index < 100; index += 1)
      writer.writeLost({
        kind: 'lost',
        symbolIndex: 0,
        fromId: index,
        toId: 0,
        fromUs: 0,
        toUs: 0,
        reason: 'not-served',
      });
    const out = new Float64Array(16 * TICK_WORDS);
    expect(reader.read(out)).toBe(0);
    expect(reader.laps).toBe(1);
    const count = reader.read(out);
    expect(reader.missed + count).toBe(100);
    expect(out[1]).toBe(reader.missed);
  });

  it('a copy that the writer caught up with is thrown away, however little of it was overwritten', () => {
    const lost = {
      kind: 'lost',
      symbolIndex: 0,
      fromId: 0,
      toId: 0,
      fromUs: 0,
      toUs: 0,
      reason: 'not-served',
    } as const;
    for (const [meanwhile, kept] of [
      [4, true],
      [5, false],
      [40, false],
    ] as const) {
      const memory = createTickRing(16);
      const writer = new TickRingWriter(memory);
      const reader = new TickRingReader(memory);
      for (let index = 0; index < 8; index += 1) writer.writeLost({ ...lost, fromId: index });
      /** Lets the writer go on in the middle of the reader's copy. */
      class Overtaken extends Float64Array {
        override set(values: ArrayLike<number>, offset?: number): void {
          for (let index = 0; index < meanwhile; index += 1) writer.writeLost({ ...lost, fromId: 100 });
          super.set(values, offset);
        }
      }
      const count = reader.read(new Overtaken(8 * TICK_WORDS));
      expect([count, reader.laps]).toEqual(kept ? [8, 0] : [0, 1]);
    }
  });

  it('a second writer handle goes on where the ring stands', () => {
    const memory = createTickRing(16);
    const lost = {
      kind: 'lost',
      symbolIndex: 7,
      fromId: 1,
      toId: 2,
      fromUs: 3,
      toUs: 4,
      reason: 'not-served',
    } as const;
    const reader = new TickRingReader(memory);
    new TickRingWriter(memory).writeLost(lost);
    new TickRingWriter(memory).writeLost({ ...lost, fromId: 2 });
    const out = new Float64Array(4 * TICK_WORDS);
    expect(reader.read(out)).toBe(2);
    expect([out[1], out[TICK_WORDS + 1]]).toEqual([1, 2]);
    expect([kindOf(out[0] as number), symbolIndexOf(out[0] as number)]).toEqual([TICK_KIND.lost, 7]);
  });

  it('refuses memory that is no ring, and absurd capacities', () => {
    expect(() => new TickRingReader({ buffer: new SharedArrayBuffer(4096) })).toThrow('not a tick ring');
    for (const capacity of [0, 15, 2 ** 25, Number.NaN])
      expect(() => createTickRing(capacity)).toThrow(RangeError);
  });
});
