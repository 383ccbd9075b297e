/**
 * Limits how often the same kind of feed event is passed on: one a second for each kind and symbol, the
 * counts of those held back added to the next.
 */
import type { FeedEvent } from '#feed/market-feed.ts';

const GAP_MS = 1000;

export class EventGate {
  readonly #pass: (event: FeedEvent) => void;
  readonly #clock: { nowMs(): number };
  readonly #gates = new Map<string, { nextMs: number; held: number }>();

  constructor(pass: (event: FeedEvent) => void, clock: { nowMs(): number }) {
    this.#pass = pass;
    this.#clock = clock;
  }

  offer(event: FeedEvent): void {
    const key = `${event.kind}/${event.symbolIndex ?? ''}`;
    const gate = this.#gates.get(key) ?? { nextMs: 0, held: 0 };
    this.#gates.set(key, gate);
    const count = (event.count ?? 1) + gate.held;
    const nowMs = this.#clock.nowMs();
    if (nowMs < gate.nextMs) {
      gate.held = count;
      return;
    }
    gate.nextMs = nowMs + GAP_MS;
    gate.held = 0;
    this.#pass({ ...event, count });
  }
}
