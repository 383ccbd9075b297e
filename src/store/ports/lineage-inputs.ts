/**
 * What answers were computed from, kept so that any of them can be computed again: states that posteriors
 * started from, the bars they saw since, and which of both each published epoch stood on.
 * Everything is named by its content or by its place, so keeping a record twice changes nothing.
 * Units: times in epoch milliseconds.
 */
import type { Bar } from '#domain/market/bar.ts';

/** A posterior as it was published right after a fit or an installation. */
export interface ModelBase {
  /** Lower-case hex SHA-256 over image and bars. */
  readonly id: string;
  readonly modelId: string;
  readonly createdMs: number;
  /** memory/model-image, little-endian float64. */
  readonly image: Uint8Array;
  /** Canonical JSON of the last bars that it had seen, oldest first. */
  readonly bars: string;
}

export interface SeenBar extends Bar {
  /** The replica that saw it: realised variance is each one's own measurement. */
  readonly instance: string;
  readonly symbol: string;
}

export interface PublishedEpoch {
  /** Lower-case hex SHA-256 of the recipe. */
  readonly id: string;
  readonly createdMs: number;
  /** Canonical JSON: plan, replica, and for each symbol its base and the last bar seen. */
  readonly recipe: string;
}

export interface SeenBarRange {
  readonly instance: string;
  readonly symbol: string;
  readonly intervalMs: number;
  /** Exclusive. */
  readonly afterMs: number;
  /** Inclusive. */
  readonly untilMs: number;
}

export interface LineageInputs {
  keepBase(base: ModelBase): Promise<void>;
  /** The base, its bytes checked against its name by the caller; undefined where none is kept. */
  base(id: string): Promise<ModelBase | undefined>;
  keepBars(bars: readonly SeenBar[]): Promise<void>;
  /** Oldest first. */
  bars(range: SeenBarRange): Promise<readonly Bar[]>;
  keepEpochs(epochs: readonly PublishedEpoch[]): Promise<void>;
  epoch(id: string): Promise<PublishedEpoch | undefined>;
}
