/**
 * A law of root returns: what one symbol does over one root interval, given its own past.
 * Flow: law options -> here -> root path -> bars, trades.
 * Units: log returns per root interval.
 */
export interface RootReturn {
  /** Log return over the root interval. */
  readonly logReturn: number;
  /** Standard deviation of the diffusion inside the interval, as a log return. */
  readonly diffusion: number;
  /** Part of logReturn that arrives at once. */
  readonly jump: number;
}

/** Location-scale Student-t law of the next root return; the scale is not the standard deviation. */
export interface ConditionalLaw {
  readonly location: number;
  readonly scale: number;
  readonly degrees: number;
}

export interface ReturnProcess {
  /** Called once per root interval, in order. `volatilityScale` is the regime in force. */
  next(openMs: number, volatilityScale: number): RootReturn;
  /** The law of the return `next` would draw, where it is known in closed form. */
  conditional(openMs: number, volatilityScale: number): ConditionalLaw | undefined;
}

/** Purposes keep the random streams of one seed apart. */
export const PURPOSE = { market: 1, asset: 2, root: 3, split: 4, tape: 5, fault: 6, quote: 7 } as const;
