/**
 * A law of root returns: what one symbol does over one root interval, given its own past.
 * Flow: law options -> here -> root path -> bars, trades.
 * Units: log returns per root interval.
 */
import type { RandomStream } from '#math/random.ts';
import type { Instrument } from '../market/instrument.ts';

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
  /** Called once per root interval, in order. `volatilityScale` is the regime in force; `random` the bar's own. */
  next(openMs: number, volatilityScale: number, random: RandomStream): RootReturn;
  /** The law of the return `next` would draw, where it is known in closed form. */
  conditional(openMs: number, volatilityScale: number): ConditionalLaw | undefined;
}

/** Makes the process of each symbol of one market; what the symbols share lives behind it. */
export type ProcessFactory = (instrument: Instrument) => ReturnProcess;

/** Purposes keep the random streams of one seed apart. */
export const PURPOSE = { market: 1, root: 2, split: 3, tape: 4, fault: 5 } as const;
