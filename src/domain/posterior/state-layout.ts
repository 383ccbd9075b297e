/**
 * Where everything lies in a posterior's state: what a bar changes in one array, what only a fit changes in
 * another, seven times as long.
 *
 *   moving     header | standardiser | per model: record | per model: variances, weights
 *   constants  per model: natural constants
 *
 * Shapes: every view below is a subarray, so both arrays may sit in shared memory. Flat: one after the other.
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
export const SHOCK = 7;
const HEADER = 16;

/** Fields of a model's record. */
export const POOL_WEIGHT = 0;
export const PARETO_K = 1;
export const LOG_EVIDENCE = 2;
export const LAST_SCORE = 3;
export const FELL_BACK = 4;
const RECORD = 8;

/** Names this layout; a state written under another is refused. */
export const FORMAT_VERSION = 4;

export interface PosteriorState {
  readonly moving: Float64Array;
  readonly constants: Float64Array;
}

/** Lengths in floats. */
export interface PosteriorShape {
  readonly moving: number;
  readonly constants: number;
}

export interface StateViews {
  readonly header: Float64Array;
  readonly standardiser: Float64Array;
  readonly records: readonly Float64Array[];
  readonly clouds: readonly Cloud[];
}

export function posteriorShape(options: PosteriorOptions): PosteriorShape {
  const models = poolModels(options.models).length;
  const { particles } = options;
  return {
    moving: HEADER + STANDARDISER_STATE + models * (RECORD + 2 * particles),
    constants: models * SLOTS * particles,
  };
}

export function createState({ moving, constants }: PosteriorShape): PosteriorState {
  return { moving: new Float64Array(moving), constants: new Float64Array(constants) };
}

/** A copy of both arrays, one after the other. */
export function flatState({ moving, constants }: PosteriorState): Float64Array {
  const flat = new Float64Array(moving.length + constants.length);
  flat.set(moving);
  flat.set(constants, moving.length);
  return flat;
}

/** Views into a flat state. */
export function splitState(flat: Float64Array, shape: PosteriorShape): PosteriorState {
  return { moving: flat.subarray(0, shape.moving), constants: flat.subarray(shape.moving) };
}

export function viewState({ moving, constants }: PosteriorState, options: PosteriorOptions): StateViews {
  const models = poolModels(options.models).length;
  const { particles } = options;
  let at = 0;
  const take = (length: number): Float64Array => {
    at += length;
    return moving.subarray(at - length, at);
  };
  const header = take(HEADER);
  const standardiser = take(STANDARDISER_STATE);
  const records = Array.from({ length: models }, () => take(RECORD));
  const clouds = Array.from({ length: models }, (_, m) => ({
    size: particles,
    natural: constants.subarray(m * SLOTS * particles, (m + 1) * SLOTS * particles),
    variance: take(particles),
    weight: take(particles),
  }));
  return { header, standardiser, records, clouds };
}
