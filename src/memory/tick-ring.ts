/**
 * A ring of ticks in shared memory: one writer, any number of readers on any thread.
 * Flow: engine/ingest (writer) -> here -> bar building, workers (readers).
 * Shapes: header of 32 Int32 words, then capacity slots of 8 Float64 words (one cache line each):
 *   trade  meta id price quantity tradeUs eventUs receiveUs fills
 *   quote  meta updateId bid bidQuantity ask askQuantity receiveUs exchangeUs
 *   lost   meta fromId toId fromUs toUs reason - -
 *   meta = kind + 4 * flags + 16 * symbolIndex; flags: 1 buyer is maker, 2 recovered.
 *
 *        oldest readable            cursor = sequence of the next write
 *             v                        v
 *   | guard | s s s s s s s s s s s s | (being written) ...
 *
 * The writer fills the slot, then publishes by an atomic store of the cursor. A reader copies, then looks at
 * the cursor again: had the writer come within GUARD slots of what was copied, the copy may be torn, so it
 * is thrown away and the loss counted. The guard also covers CPUs that let a plain store overtake an atomic one.
 * The cursor is an Int32 that wraps; distances are taken modulo 2^32, so capacity stays below 2^30.
 */
import type { LostWindow, Quote, Trade } from '#domain/market/tick.ts';
import { LOST_REASONS } from '#domain/market/tick.ts';

export const TICK_WORDS = 8;
export const TICK_KIND = { trade: 1, quote: 2, lost: 3 } as const;

const MAGIC = 0x7452_6e67;
const HEADER_WORDS = 32;
const MAGIC_AT = 0;
const CAPACITY_AT = 1;
const CURSOR_AT = 16;
const FLAG_MAKER = 4;
const FLAG_RECOVERED = 8;
const SYMBOL_UNIT = 16;

export interface TickRingMemory {
  readonly buffer: SharedArrayBuffer;
}

interface Views {
  readonly header: Int32Array;
  readonly words: Float64Array;
  readonly capacity: number;
}

/** `capacity` is rounded up to a power of two; `firstSequence` is for tests of the wrap. */
export function createTickRing(capacity: number, firstSequence = 0): TickRingMemory {
  if (!(capacity >= 16 && capacity <= 2 ** 24)) throw new RangeError('ring capacity must lie in [16, 2^24]');
  const slots = 2 ** Math.ceil(Math.log2(capacity));
  const buffer = new SharedArrayBuffer(HEADER_WORDS * 4 + slots * TICK_WORDS * 8);
  const header = new Int32Array(buffer, 0, HEADER_WORDS);
  header[CAPACITY_AT] = slots;
  header[CURSOR_AT] = firstSequence;
  Atomics.store(header, MAGIC_AT, MAGIC);
  return { buffer };
}

function attach(memory: TickRingMemory): Views {
  const header = new Int32Array(memory.buffer, 0, HEADER_WORDS);
  if (Atomics.load(header, MAGIC_AT) !== MAGIC) throw new TypeError('not a tick ring');
  const capacity = header[CAPACITY_AT] as number;
  return {
    header,
    words: new Float64Array(memory.buffer, HEADER_WORDS * 4, capacity * TICK_WORDS),
    capacity,
  };
}

export class TickRingWriter {
  readonly #header: Int32Array;
  readonly #words: Float64Array;
  readonly #mask: number;
  #cursor: number;

  constructor(memory: TickRingMemory) {
    const { header, words, capacity } = attach(memory);
    this.#header = header;
    this.#words = words;
    this.#mask = capacity - 1;
    this.#cursor = Atomics.load(header, CURSOR_AT);
  }

  writeTrade(trade: Trade): void {
    const words = this.#words;
    const at = (this.#cursor & this.#mask) * TICK_WORDS;
    words[at] =
      TICK_KIND.trade +
      (trade.buyerIsMaker ? FLAG_MAKER : 0) +
      (trade.recovered ? FLAG_RECOVERED : 0) +
      SYMBOL_UNIT * trade.symbolIndex;
    words[at + 1] = trade.id;
    words[at + 2] = trade.price;
    words[at + 3] = trade.quantity;
    words[at + 4] = trade.tsTradeUs;
    words[at + 5] = trade.tsEventUs;
    words[at + 6] = trade.tsReceiveUs;
    words[at + 7] = trade.fills;
    this.#publish();
  }

  /** `exchangeUs`: when the quote held on the exchange's clock, as well as the caller can tell. */
  writeQuote(quote: Quote, exchangeUs: number): void {
    const words = this.#words;
    const at = (this.#cursor & this.#mask) * TICK_WORDS;
    words[at] = TICK_KIND.quote + SYMBOL_UNIT * quote.symbolIndex;
    words[at + 1] = quote.updateId;
    words[at + 2] = quote.bid;
    words[at + 3] = quote.bidQuantity;
    words[at + 4] = quote.ask;
    words[at + 5] = quote.askQuantity;
    words[at + 6] = quote.tsReceiveUs;
    words[at + 7] = exchangeUs;
    this.#publish();
  }

  writeLost(lost: LostWindow): void {
    const words = this.#words;
    const at = (this.#cursor & this.#mask) * TICK_WORDS;
    words[at] = TICK_KIND.lost + SYMBOL_UNIT * lost.symbolIndex;
    words[at + 1] = lost.fromId;
    words[at + 2] = lost.toId;
    words[at + 3] = lost.fromUs;
    words[at + 4] = lost.toUs;
    words[at + 5] = LOST_REASONS.indexOf(lost.reason);
    words[at + 6] = 0;
    words[at + 7] = 0;
    this.#publish();
  }

  #publish(): void {
    this.#cursor = (this.#cursor + 1) | 0;
    Atomics.store(this.#header, CURSOR_AT, this.#cursor);
  }
}

export class TickRingReader {
  readonly #header: Int32Array;
  readonly #words: Float64Array;
  readonly #mask: number;
  /** The farthest a reader may lie behind the cursor. */
  readonly #reach: number;
  #next: number;
  #laps = 0;
  #missed = 0;

  /** Starts with the next tick written. */
  constructor(memory: TickRingMemory) {
    const { header, words, capacity } = attach(memory);
    this.#header = header;
    this.#words = words;
    this.#mask = capacity - 1;
    this.#reach = capacity - Math.min(64, capacity / 4);
    this.#next = Atomics.load(header, CURSOR_AT);
  }

  /** Times the writer overtook this reader. */
  get laps(): number {
    return this.#laps;
  }

  /** Ticks this reader never saw because of it. */
  get missed(): number {
    return this.#missed;
  }

  /** Ticks waiting; more than the ring's reach means that some are gone already. */
  get lag(): number {
    return (Atomics.load(this.#header, CURSOR_AT) - this.#next) >>> 0;
  }

  /**
   * Copies up to out.length / 8 ticks into `out`, oldest first, and returns how many. 0 means that nothing
   * is there, or that the writer overtook this reader meanwhile (`laps` then went up): just call again.
   */
  read(out: Float64Array): number {
    const before = this.lag;
    if (before === 0) return 0;
    if (before > this.#reach) return this.#skip(before);
    const count = Math.min(before, Math.floor(out.length / TICK_WORDS));
    const start = this.#next & this.#mask;
    const untilEnd = Math.min(count, this.#mask + 1 - start);
    out.set(this.#words.subarray(start * TICK_WORDS, (start + untilEnd) * TICK_WORDS));
    if (untilEnd < count)
      out.set(this.#words.subarray(0, (count - untilEnd) * TICK_WORDS), untilEnd * TICK_WORDS);
    const after = this.lag;
    if (after > this.#reach) return this.#skip(after);
    this.#next = (this.#next + count) | 0;
    return count;
  }

  /** Lands in the middle of what is left, so that a slow reader is not lapped again at once. */
  #skip(distance: number): 0 {
    const keep = this.#reach >> 1;
    this.#laps += 1;
    this.#missed += distance - keep;
    this.#next = (this.#next + distance - keep) | 0;
    return 0;
  }
}

export function kindOf(meta: number): number {
  return meta & 3;
}

export function symbolIndexOf(meta: number): number {
  return Math.floor(meta / SYMBOL_UNIT);
}
