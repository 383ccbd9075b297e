/**
 * Rejected: the ring with a 64-bit cursor, which never wraps. Every publish boxes a BigInt.
 */
import type { Quote } from '../../../src/domain/market/tick.ts';

const WORDS = 8;

export class BigintCursorRing {
  readonly #cursorWord: BigInt64Array;
  readonly #words: Float64Array;
  readonly #mask: bigint;
  #cursor = 0n;

  constructor(capacity: number) {
    const buffer = new SharedArrayBuffer(128 + capacity * WORDS * 8);
    this.#cursorWord = new BigInt64Array(buffer, 64, 1);
    this.#words = new Float64Array(buffer, 128);
    this.#mask = BigInt(capacity - 1);
  }

  writeQuote(quote: Quote, exchangeUs: number): void {
    const words = this.#words;
    const at = Number(this.#cursor & this.#mask) * WORDS;
    words[at] = 2 + 16 * quote.symbolIndex;
    words[at + 1] = quote.updateId;
    words[at + 2] = quote.bid;
    words[at + 3] = quote.bidQuantity;
    words[at + 4] = quote.ask;
    words[at + 5] = quote.askQuantity;
    words[at + 6] = quote.tsReceiveUs;
    words[at + 7] = exchangeUs;
    this.#cursor += 1n;
    Atomics.store(this.#cursorWord, 0, this.#cursor);
  }
}
