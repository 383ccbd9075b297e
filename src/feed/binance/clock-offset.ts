/**
 * How far the exchange's clock is ahead of ours, from the middle of request and reply of /api/v3/time.
 * Of the recent probes the one with the shortest round trip counts: it has the least room for error.
 * Units: milliseconds.
 */
import type { FeedClock } from './clock.ts';
import { epochUs, isRecord } from './fields.ts';
import type { RestClient } from './rest-client.ts';

interface Probe {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

const KEPT = 5;

export class ClockOffset {
  readonly #rest: RestClient;
  readonly #clock: FeedClock;
  #probes: Probe[] = [];

  constructor(rest: RestClient, clock: FeedClock) {
    this.#rest = rest;
    this.#clock = clock;
  }

  /** 0 before the first probe. */
  get offsetMs(): number {
    const best = this.#probes.reduce<Probe | undefined>(
      (found, probe) => (found === undefined || probe.roundTripMs <= found.roundTripMs ? probe : found),
      undefined,
    );
    return best?.offsetMs ?? 0;
  }

  /** Asks once; returns the exchange's time now, or undefined where it did not answer. */
  async probe(): Promise<number | undefined> {
    const sentMs = this.#clock.nowMs();
    const reply = await this.#rest.get('/api/v3/time', {}, 1);
    const receivedMs = this.#clock.nowMs();
    if (!reply.ok || !isRecord(reply.value)) return undefined;
    const serverMs = epochUs(reply.value['serverTime']) / 1000;
    if (Number.isNaN(serverMs)) return undefined;
    const roundTripMs = receivedMs - sentMs;
    this.#probes = [
      ...this.#probes.slice(1 - KEPT),
      { offsetMs: serverMs - (sentMs + receivedMs) / 2, roundTripMs },
    ];
    return serverMs + roundTripMs / 2;
  }
}
