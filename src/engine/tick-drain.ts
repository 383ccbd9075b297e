/**
 * Takes ticks off the ring in batches and hands each to its symbol's bars.
 * Flow: tick ring -> here -> symbol-bars.
 * Same thread as the writer: `lag` tells when to drain before the ring runs over, so nothing is missed here.
 */
import type { BarBuilder } from '#domain/market/bar-builder.ts';
import {
  kindOf,
  symbolIndexOf,
  TICK_KIND,
  TICK_WORDS,
  type TickRingMemory,
  TickRingReader,
} from '#memory/tick-ring.ts';

const BATCH = 512;

export interface LastPrice {
  trade: number;
  mid: number;
}

export class TickDrain {
  readonly #reader: TickRingReader;
  readonly #builders: readonly BarBuilder[];
  /** Whether quotes enter the bars; they are the newest price in any case. */
  readonly #quotes: boolean;
  readonly #batch = new Float64Array(BATCH * TICK_WORDS);
  readonly #limit: number;
  readonly last: readonly LastPrice[];

  constructor(ring: TickRingMemory, capacity: number, builders: readonly BarBuilder[], quotes: boolean) {
    this.#reader = new TickRingReader(ring);
    this.#builders = builders;
    this.#quotes = quotes;
    this.#limit = capacity / 2;
    this.last = builders.map(() => ({ trade: Number.NaN, mid: Number.NaN }));
  }

  get missed(): number {
    return this.#reader.missed;
  }

  /** True when waiting any longer might cost ticks. */
  get pressed(): boolean {
    return this.#reader.lag >= this.#limit;
  }

  drain(): void {
    const batch = this.#batch;
    while (this.#reader.lag > 0) {
      const count = this.#reader.read(batch);
      for (let at = 0; at < count * TICK_WORDS; at += TICK_WORDS) this.#take(batch, at);
    }
  }

  #take(words: Float64Array, at: number): void {
    const meta = words[at] as number;
    const symbolIndex = symbolIndexOf(meta);
    const builder = this.#builders[symbolIndex] as BarBuilder;
    const last = this.last[symbolIndex] as LastPrice;
    switch (kindOf(meta)) {
      case TICK_KIND.trade: {
        const price = words[at + 2] as number;
        builder.trade(price, words[at + 3] as number, words[at + 7] as number, words[at + 4] as number);
        last.trade = price;
        return;
      }
      case TICK_KIND.quote: {
        const mid = ((words[at + 2] as number) + (words[at + 4] as number)) / 2;
        if (this.#quotes) builder.quote(mid, words[at + 7] as number);
        last.mid = mid;
        return;
      }
      default:
        builder.lost(words[at + 3] as number, words[at + 4] as number);
    }
  }
}
