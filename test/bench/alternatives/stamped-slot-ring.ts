/**
 * Rejected: a sequence stamp in every slot, odd while it is written. A reader needs no guard band, but the
 * writer pays two more atomic stores for each tick.
 */
import type { Quote } from '../../../src/domain/market/tick.ts';

const WORDS = 8;

export class StampedSlotRing {
  readonly #cursorWord: Int32Array;
  readonly #stamps: Int32Array;
  readonly #words: Float64Array;
  readonly #mask: number;
  #cursor = 0;

  constructor(capacity: number) {
    const buffer = new SharedArrayBuffer(128 + capacity * WORDS * 8);
    this.#cursorWord = new Int32Array(buffer, 64, 1);
    this.#words = new Float64Array(buffer, 128);
    this.#stamps = new Int32Array(new SharedArrayBuffer(capacity * 4));
    this.#mask = capacity - 1;
  }

  writeQuote(quote: Quote, exchangeUs: number): void {
    const words = this.#words;
    const slot = this.#cursor & this.#mask;
    const at = slot * WORDS;
    Atomics.store(this.#stamps, slot, (2 * this.#cursor + 1) | 0);
    words[at] = 2 + 16 * quote.symbolIndex;
    words[at + 1] = quote.updateId;
    words[at + 2] = quote.bid;
    words[at + 3] = quote.bidQuantity;
    words[at + 4] = quote.ask;
    words[at + 5] = quote.askQuantity;
    words[at + 6] = quote.tsReceiveUs;
    words[at + 7] = exchangeUs;
    Atomics.store(this.#stamps, slot, (2 * this.#cursor + 2) | 0);
    this.#cursor = (this.#cursor + 1) | 0;
    Atomics.store(this.#cursorWord, 0, this.#cursor);
  }
}
