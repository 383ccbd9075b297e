/** What is asked: a book, levels and horizons. Units: confidences in (0, 1), horizons in milliseconds. */
import type { Position } from '../portfolio/position.ts';

export type RiskMethod = 'bayes' | 'fhs' | 'hist' | 'param' | 'stressed';

export interface RiskQuery {
  readonly positions: readonly Position[];
  readonly confidences: readonly number[];
  readonly horizonsMs: readonly number[];
  /** Probability mass of the credible intervals, e.g. 0.9. */
  readonly credibleMass: number;
  readonly method: RiskMethod;
  readonly contributions: boolean;
  /** The scenarios behind the shortfall, and which models spoke for which symbol, come with the answer. */
  readonly explain?: boolean;
  /** A second pass where the first is too coarse; it takes several times as long. */
  readonly precise?: boolean;
  readonly seed?: number;
}
