/**
 * The posterior over a pool of volatility models for one asset at one bar interval: the face that the
 * running engine, the backtest and the trainer all use.
 *
 * All mutable state lives in two arrays that the caller may place in shared memory: copying them copies the
 * posterior, hashing them names the model version, and two machines that hold equal arrays and see equal
 * observations hold equal arrays for ever after. A bar changes the small one only (state-layout.ts).
 */
import type { Observation, ObservationSeries } from './observation.ts';
import type { PredictiveMixture } from './predictive-mixture.ts';
import type { PosteriorState } from './state-layout.ts';

export interface PosteriorOptions {
  readonly intervalMs: number;
  /** Particles per model. */
  readonly particles: number;
  /** Ids of pool members, in order; all that exist when absent. */
  readonly models?: readonly string[];
  readonly seed: number;
}

export interface ModelDiagnostics {
  readonly model: string;
  readonly weight: number;
  /** Effective sample size of the particle weights, in [1, particles]. */
  readonly ess: number;
  /** Pareto shape of the last refresh's importance weights. */
  readonly paretoK: number;
  readonly logEvidence: number;
  /** Log score of the last observation under this member's predictive. */
  readonly lastLogScore: number;
}

export interface FitReport {
  readonly observations: number;
  readonly models: readonly ModelDiagnostics[];
  readonly fallbacks: readonly string[];
}

export interface AssetPosterior {
  readonly options: PosteriorOptions;
  readonly modelIds: readonly string[];
  /** The whole state; see the file header. */
  readonly state: PosteriorState;
  /** Observations seen since the last fit began, the fit's own included. */
  readonly observed: number;
  readonly lastOpenTimeMs: number;
  /** True once reweighting has worn a weighty member's cloud thin: fit again from history. */
  readonly needsRefit: boolean;
  /** Refit from history alone: nothing of the former cloud is needed. Deterministic in (options, history). */
  fit(history: ObservationSeries): FitReport;
  /** One closed bar: reweight every particle, advance its state, update the pool's weights. O(N). */
  observe(observation: Observation): void;
  /** The law of the next bar's log return. Valid until the next observe or fit. */
  predictive(): PredictiveMixture;
  /**
   * Sums of `steps` future log returns, drawn from the posterior predictive path law into `out`
   * (out.length draws, unsorted). Also fills `drawScale` when given: per draw, the standard deviation that
   * the sum has along that draw's path of variances.
   */
  simulate(steps: number, seed: number, out: Float64Array, drawScale?: Float64Array): void;
  diagnostics(): readonly ModelDiagnostics[];
}
