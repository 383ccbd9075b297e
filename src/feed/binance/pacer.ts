/**
 * Lets actions through one at a time, at least `gapMs` apart: control messages on a link (the exchange cuts
 * a client that sends more than 5 a second) and connection attempts of the whole feed.
 */
import type { FeedClock } from './clock.ts';
import { pause } from './pause.ts';

export class Pacer {
  readonly #gapMs: number;
  readonly #clock: FeedClock;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(gapMs: number, clock: FeedClock) {
    this.#gapMs = gapMs;
    this.#clock = clock;
  }

  /** Resolves when it is this caller's turn, or when `signal` aborts. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#clock.nowMs();
    const at = Math.max(now, this.#nextMs);
    this.#nextMs = at + this.#gapMs;
    if (at > now) await pause(at - now, signal);
  }
}
