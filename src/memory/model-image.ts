/**
 * Everything that a model takes with it when it is stored, promoted or moved to another replica: its
 * posterior's state and the scores of its past forecasts, from which the dependence between symbols is
 * estimated. Without the scores a restarted replica would join its symbols differently from its neighbours.
 *
 * Flow: posterior slab, score history <-> here <-> engine/model-slots, engine/training-job.
 * Shapes: stateLength floats, then SCORE_ROWS bar times, then SCORE_ROWS normal scores (0 and NaN where unused).
 */
import { SCORE_ROWS, scorePlace } from './score-history.ts';

export function imageLength(stateLength: number): number {
  return stateLength + 2 * SCORE_ROWS;
}

export interface ModelImage {
  readonly state: Float64Array;
  readonly scoreTimes: Float64Array;
  readonly scores: Float64Array;
}

/** Views over one flat array. */
export function viewImage(flat: Float64Array): ModelImage {
  const stateLength = flat.length - 2 * SCORE_ROWS;
  if (!(stateLength > 0)) throw new RangeError(`an image of ${flat.length} floats holds no state`);
  return {
    state: flat.subarray(0, stateLength),
    scoreTimes: flat.subarray(stateLength, stateLength + SCORE_ROWS),
    scores: flat.subarray(stateLength + SCORE_ROWS),
  };
}

/** An image from a state and the scores of forecasts that were made elsewhere. */
export function imageOf(
  state: Float64Array,
  intervalMs: number,
  openTimesMs: ArrayLike<number>,
  scores: ArrayLike<number>,
): Float64Array {
  const flat = new Float64Array(imageLength(state.length));
  const image = viewImage(flat);
  image.state.set(state);
  image.scores.fill(Number.NaN);
  for (let at = 0; at < openTimesMs.length; at++) {
    const place = scorePlace(openTimesMs[at]!, intervalMs);
    if (openTimesMs[at]! < image.scoreTimes[place]!) continue;
    image.scoreTimes[place] = openTimesMs[at]!;
    image.scores[place] = scores[at]!;
  }
  return flat;
}
