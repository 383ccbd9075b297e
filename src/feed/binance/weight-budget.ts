/**
 * Keeps the request weight this process spends below the exchange's limit, which counts per minute and IP.
 * A token bucket holds back a fifth of the limit: burst of 20 %, refill of 60 % a minute, so that no minute
 * exceeds 80 %. Where the exchange's own count says that the address has used more, it waits for the next minute.
 * Units: weight; milliseconds.
 */
import type { FeedClock } from './clock.ts';
import { pause } from './pause.ts';

const BURST = 0.2;
const REFILL = 0.6;
const CEILING = 0.8;
const MINUTE_MS = 60_000;

export class WeightBudget {
  readonly #clock: FeedClock;
  #limit: number;
  #tokens: number;
  #asOfMs: number;
  #used = 0;
  #usedMinute = Number.NaN;
  #queue: Promise<void> = Promise.resolve();

  constructor(limit: number, clock: FeedClock) {
    this.#clock = clock;
    this.#limit = limit;
    this.#tokens = limit * BURST;
    this.#asOfMs = clock.nowMs();
  }

  /** Weight used in the current minute, by the exchange's count. */
  get used(): number {
    return this.#minute() === this.#usedMinute ? this.#used : 0;
  }

  /** The limit as the exchange states it. */
  setLimit(limit: number): void {
    this.#limit = limit;
  }

  /** What the exchange says was used in this minute. */
  observe(used: number): void {
    if (!(used >= 0)) return;
    this.#used = used;
    this.#usedMinute = this.#minute();
  }

  /** Resolves in turn, once `weight` may be spent. */
  take(weight: number, signal: AbortSignal): Promise<void> {
    this.#queue = this.#queue.then(() => this.#wait(weight, signal));
    return this.#queue;
  }

  async #wait(weight: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const now = this.#clock.nowMs();
      const perMs = (this.#limit * REFILL) / MINUTE_MS;
      this.#tokens = Math.min(this.#limit * BURST, this.#tokens + (now - this.#asOfMs) * perMs);
      this.#asOfMs = now;
      const short = Math.min(weight, this.#limit * BURST) - this.#tokens;
      const overCeiling = this.used + weight > this.#limit * CEILING;
      if (short <= 0 && !overCeiling) {
        this.#tokens -= weight;
        return;
      }
      await pause(overCeiling ? MINUTE_MS - (now % MINUTE_MS) + 50 : short / perMs + 1, signal);
    }
  }

  #minute(): number {
    return Math.floor(this.#clock.nowMs() / MINUTE_MS);
  }
}
