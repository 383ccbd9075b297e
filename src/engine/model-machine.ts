/**
 * What governance needs of the running posteriors, and nothing more: their past, their size, and a way to
 * put another state in their place.
 * Flow: valuation cycle implements this -> model-registry, retraining.
 */
import type { ObservationSeries } from '#domain/posterior/observation.ts';

/** One posterior: a symbol at a bar interval. `modelId` is e.g. `BTCUSDT:5m`. */
export interface ModelSlot {
  readonly modelId: string;
  readonly symbol: string;
  readonly intervalMs: number;
  readonly particles: number;
  readonly stateLength: number;
}

export interface ModelMachine {
  readonly slots: readonly ModelSlot[];
  /** The version each slot runs, as last installed. */
  installedVersion(modelId: string): string | undefined;
  /** Everything seen so far, oldest first; undefined while there is no history. */
  history(modelId: string): ObservationSeries | undefined;
  /**
   * Puts a model's image (memory/model-image.ts) in place in one step, after it has seen every bar that
   * closed since it was made. Answers in flight finish on the former one. Rejects, changing nothing, where
   * the image does not fit.
   */
  install(modelId: string, version: string, image: Float64Array): Promise<void>;
  /** Names the state that runs already; nothing changes but what `installedVersion` says. */
  adopt(modelId: string, version: string): void;
  /** Image of what runs; undefined while there is nothing. */
  running(modelId: string): Float64Array | undefined;
}
