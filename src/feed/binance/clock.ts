/**
 * The feed's own clock, given from outside so that tests can bend it.
 * Units: milliseconds since the epoch, this machine's idea of it.
 */
export interface FeedClock {
  nowMs(): number;
}

export const SYSTEM_CLOCK: FeedClock = { nowMs: () => Date.now() };
