/**
 * What sends a market's events as its time passes: prints of the synthetic tape, or frames of a capture.
 */
export interface ReplayProgress {
  readonly started: boolean;
  readonly finished: boolean;
  readonly framesPlayed: number;
  readonly framesTotal: number;
}

export interface LivePlayer {
  /** Sends everything due by now. */
  advance(): void;
  /** Trades played since the start, whether or not anybody listened. */
  readonly trades: number;
  /** Only where the market has an end. */
  readonly progress?: ReplayProgress;
}
