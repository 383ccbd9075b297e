/**
 * Plays captured frames in their original order and pacing, bytes unchanged; aggregates, which the capture
 * does not hold, are sent when their last trade has been.
 * Flow: captured frames -> here -> hub. The clock's scale is the speed; the clock waits for the first listeners.
 */
import type { MarketClock } from '../clock.ts';
import { Frame } from '../wire/frame.ts';
import type { LivePlayer, ReplayProgress } from '../wire/live-player.ts';
import { aggregatePayload } from '../wire/payloads.ts';
import type { StreamHub } from '../wire/stream-hub.ts';
import type { CapturedFrame } from './capture.ts';
import { publishedBy } from './captured-symbol.ts';
import type { ReplayMarket } from './replay-market.ts';

export class ReplayPlayer implements LivePlayer {
  readonly #frames: readonly CapturedFrame[];
  readonly #market: ReplayMarket;
  readonly #clock: MarketClock;
  readonly #hub: StreamHub;
  readonly #nextAggregate: number[];
  #next = 0;
  #trades = 0;

  constructor(frames: readonly CapturedFrame[], market: ReplayMarket, clock: MarketClock, hub: StreamHub) {
    this.#frames = frames;
    this.#market = market;
    this.#clock = clock;
    this.#hub = hub;
    this.#nextAggregate = market.symbols.map(() => 0);
  }

  get trades(): number {
    return this.#trades;
  }

  get progress(): ReplayProgress {
    return {
      started: this.#clock.running,
      finished: this.#next === this.#frames.length,
      framesPlayed: this.#next,
      framesTotal: this.#frames.length,
    };
  }

  advance(): void {
    if (!this.#clock.running) return;
    const nowUs = this.#clock.nowUs();
    for (; this.#next < this.#frames.length; this.#next++) {
      const frame = this.#frames[this.#next]!;
      if (frame.atUs > nowUs) break;
      if (frame.stream.endsWith('@trade')) {
        this.#trades += 1;
        this.#publish(frame);
        this.#publishAggregates(frame.atUs);
      } else this.#publish(frame);
    }
  }

  #publish(frame: CapturedFrame): void {
    if (!this.#hub.wants(frame.stream)) return;
    this.#hub.publish(new Frame(frame.stream, (micro) => (micro ? toMicro(frame.payload) : frame.payload)));
  }

  #publishAggregates(atUs: number): void {
    for (const [index, symbol] of this.#market.symbols.entries()) {
      const until = publishedBy(symbol.aggregates, atUs);
      const of = symbol.instrument;
      const stream = `${of.symbol.toLowerCase()}@aggTrade`;
      for (let k = this.#nextAggregate[index]!; k < until; k++) {
        const trade = symbol.aggregates[k]!.value;
        this.#hub.publish(new Frame(stream, (micro) => aggregatePayload(of, trade, atUs, micro)));
      }
      this.#nextAggregate[index] = until;
    }
  }
}

function toMicro(payload: string): string {
  return payload.replace(/"([ET])":(\d{13})\b/g, '"$1":$2000');
}
