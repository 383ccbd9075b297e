/**
 * Plays the synthetic market in real time: every print once, when its time has come.
 * Flow: tapes -> here -> hub (trade, aggTrade, bookTicker).
 * Units: microseconds on the exchange's clock. A late turn of the event loop emits all that came due.
 */
import type { MarketClock } from '../clock.ts';
import type { PublicationGate } from '../faults/publication-gate.ts';
import type { SyntheticMarket } from '../market/synthetic-market.ts';
import {
  aggregateAt,
  printedBy,
  quoteAfter,
  type SyntheticSymbol,
  tradeAt,
} from '../market/synthetic-symbol.ts';
import type { Tape } from '../market/tape.ts';
import { Frame } from './frame.ts';
import type { LivePlayer } from './live-player.ts';
import { aggregatePayload, quotePayload, tradePayload } from './payloads.ts';
import type { StreamHub } from './stream-hub.ts';

interface Reel {
  readonly source: SyntheticSymbol;
  readonly tradeStream: string;
  readonly aggregateStream: string;
  readonly quoteStream: string;
  tape: Tape;
  /** Next aggregate to print. */
  next: number;
}

export class LiveTape implements LivePlayer {
  readonly #clock: MarketClock;
  readonly #hub: StreamHub;
  readonly #gate: PublicationGate;
  readonly #reels: Reel[];
  #trades = 0;

  constructor(market: SyntheticMarket, clock: MarketClock, hub: StreamHub, gate: PublicationGate) {
    this.#gate = gate;
    this.#clock = clock;
    this.#hub = hub;
    const nowUs = clock.nowUs();
    this.#reels = market.symbols.map((source) => {
      source.tree.path.extendTo(nowUs / 1000);
      const tape = source.tapeOf(source.tree.leafAt(nowUs / 1000)!);
      const name = source.instrument.symbol.toLowerCase();
      return {
        source,
        tradeStream: `${name}@trade`,
        aggregateStream: `${name}@aggTrade`,
        quoteStream: `${name}@bookTicker`,
        tape,
        next: printedBy(tape, nowUs),
      };
    });
  }

  get trades(): number {
    return this.#trades;
  }

  advance(): void {
    const nowUs = this.#clock.nowUs();
    const statedUs = this.#clock.statedUs();
    for (const [symbol, reel] of this.#reels.entries())
      this.#play(reel, this.#gate.edgeUs(symbol, nowUs), statedUs);
  }

  #play(reel: Reel, nowUs: number, eventUs: number): void {
    const { tree } = reel.source;
    for (;;) {
      const { timeUs } = reel.tape;
      while (reel.next < timeUs.length && timeUs[reel.next]! <= nowUs) {
        this.#print(reel, reel.next, eventUs);
        reel.next += 1;
      }
      if (reel.next < timeUs.length) return;
      const followingMs = reel.tape.leaf.openMs + reel.tape.leaf.intervalMs;
      if (followingMs * 1000 > nowUs) return;
      tree.path.extendTo(nowUs / 1000);
      reel.tape = reel.source.tapeOf(tree.leafAt(followingMs)!);
      reel.next = 0;
    }
  }

  #print(reel: Reel, k: number, eventUs: number): void {
    const { tape, source } = reel;
    const of = source.instrument;
    const first = tape.fillStart[k]!;
    const end = tape.fillStart[k + 1]!;
    this.#trades += end - first;
    if (this.#hub.wants(reel.tradeStream))
      for (let i = first; i < end; i++) {
        const trade = tradeAt(tape, k, i);
        this.#hub.publish(new Frame(reel.tradeStream, (micro) => tradePayload(of, trade, eventUs, micro)));
      }
    if (this.#hub.wants(reel.aggregateStream)) {
      const trade = aggregateAt(tape, k);
      this.#hub.publish(
        new Frame(reel.aggregateStream, (micro) => aggregatePayload(of, trade, eventUs, micro)),
      );
    }
    if (this.#hub.wants(reel.quoteStream)) {
      const quote = quoteAfter(tape, k);
      this.#hub.publish(new Frame(reel.quoteStream, () => quotePayload(of, quote)));
    }
  }
}
