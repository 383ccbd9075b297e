/**
 * How fast ticks get into and out of the shared ring, against the bar of 5 million a second and against the
 * two designs that lost.
 */
import type { Quote } from '../../src/domain/market/tick.ts';
import { createTickRing, TICK_WORDS, TickRingReader, TickRingWriter } from '../../src/memory/tick-ring.ts';
import { BigintCursorRing } from './alternatives/bigint-cursor-ring.ts';
import { StampedSlotRing } from './alternatives/stamped-slot-ring.ts';
import type { BenchRow } from './bench-row.ts';

const CAPACITY = 65_536;
const TICKS = 2_000_000;
const ROUNDS = 5;
const FLOOR = 5e6;

interface QuoteWriter {
  writeQuote(quote: Quote, exchangeUs: number): void;
}

const quotes = Array.from(
  { length: 1024 },
  (_, index): Quote => ({
    kind: 'quote',
    symbolIndex: index % 20,
    updateId: index,
    bid: 100 + index / 8,
    bidQuantity: 1,
    ask: 101 + index / 8,
    askQuantity: 2,
    tsReceiveUs: 1.7e15 + index,
  }),
);

/** Best of several rounds, in ticks a second: the machine is shared, and noise only ever slows. */
function best(round: () => void): number {
  let seconds = Number.POSITIVE_INFINITY;
  for (let index = 0; index < ROUNDS; index += 1) {
    const start = performance.now();
    round();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return TICKS / seconds;
}

function writeRate(ring: QuoteWriter): number {
  return best(() => {
    for (let index = 0; index < TICKS; index += 1) ring.writeQuote(quotes[index & 1023] as Quote, 1.7e15);
  });
}

function readRate(): number {
  const memory = createTickRing(CAPACITY);
  const writer = new TickRingWriter(memory);
  const reader = new TickRingReader(memory);
  const out = new Float64Array(512 * TICK_WORDS);
  return best(() => {
    for (let index = 0; index < TICKS; index += 512) {
      for (let at = 0; at < 512; at += 1) writer.writeQuote(quotes[at] as Quote, 1.7e15);
      while (reader.read(out) > 0);
    }
  });
}

function row(name: string, value: number, rival: string, rivalValue: number, atLeast: number): BenchRow {
  const ratio = value / rivalValue;
  return {
    name,
    value,
    unit: 'ticks/s',
    rival,
    rivalValue,
    ratio,
    bar: `ratio >= ${atLeast}`,
    met: ratio >= atLeast,
  };
}

export async function bench(): Promise<BenchRow[]> {
  const write = writeRate(new TickRingWriter(createTickRing(CAPACITY)));
  return [
    row('ring write', write, 'required rate', FLOOR, 1),
    row('ring write and read', readRate(), 'required rate', FLOOR, 1),
    row('ring write', write, '64-bit cursor', writeRate(new BigintCursorRing(CAPACITY)), 1),
    row('ring write', write, 'stamp in every slot', writeRate(new StampedSlotRing(CAPACITY)), 1),
  ];
}
