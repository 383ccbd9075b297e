/**
 * A bar on the exchange's clock: [openTimeMs, openTimeMs + intervalMs).
 * Units: prices in quote units, volume in base units, realisedVariance in squared log return over the bar.
 */
export interface Bar {
  readonly openTimeMs: number;
  readonly intervalMs: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly trades: number;
  /** Sub-sampled realised variance from ticks inside the bar; NaN where the bar came without ticks. */
  readonly realisedVariance: number;
  /** False where trades inside the bar are known to be missing. */
  readonly complete: boolean;
}
