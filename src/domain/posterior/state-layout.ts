/**
 * Where everything lies in a posterior's flat state.
 *
 *   header | standardiser | per model: record | per model: natural constants, variances, weights
 *
 * Shapes: one Float64Array; every view below is a subarray, so the array may sit in shared memory.
 */
import type { PosteriorOptions } from './asset-posterior.ts';
import { type Cloud, SLOTS } from './cloud.ts';
import { poolModels } from './model-pool.ts';
import { STANDARDISER_STATE } from './standardiser.ts';

/** Header fields. */
export const FORMAT = 0;
export const OBSERVED = 1;
export const LAST_OPEN = 2;
export const PARTICLES = 3;
export const MODELS = 4;
export const INTERVAL = 5;
export const SINCE_FIT = 6;
const HEADER = 16;

/** Fields of a model's record. */
export const POOL_WEIGHT = 0;
export const PARETO_K = 1;
export const LOG_EVIDENCE = 2;
export const LAST_SCORE = 3;
export const FELL_BACK = 4;
const RECORD = 8;

/** Names this layout; a state written under another is refused. */
export const FORMAT_VERSION = 2;

export interface StateViews {
  readonly header: Float64Array;
  readonly standardiser: Float64Array;
  readonly records: readonly Float64Array[];
  readonly clouds: readonly Cloud[];
}

export function posteriorStateLength(options: PosteriorOptions): number {
  const models = poolModels(options.models).length;
  return HEADER + STANDARDISER_STATE + models * (RECORD + (SLOTS + 2) * options.particles);
}

export function viewState(state: Float64Array, options: PosteriorOptions): StateViews {
  const models = poolModels(options.models).length;
  const { particles } = options;
  let at = 0;
  const take = (length: number): Float64Array => {
    at += length;
    return state.subarray(at - length, at);
  };
  const header = take(HEADER);
  const standardiser = take(STANDARDISER_STATE);
  const records = Array.from({ length: models }, () => take(RECORD));
  const clouds = Array.from({ length: models }, () => ({
    size: particles,
    natural: take(SLOTS * particles),
    variance: take(particles),
    weight: take(particles),
  }));
  return { header, standardiser, records, clouds };
}
