/**
 * The posterior states of every symbol at one interval, two slots each: one that the published epoch names and
 * one that inference may write. Which is which is said by the publication alone, so a task that dies while
 * writing spoils only the slot that nobody reads.
 *
 * Flow: worker/inference <-> here -> worker/book-valuer (horizons on demand).
 * Shapes: A x 2 x stateLength floats.
 */
import { requireBytes } from './risk-layout.ts';

export interface PosteriorSlab {
  state(symbol: number, slot: number): Float64Array;
}

export function posteriorSlabBytes(symbols: number, stateLength: number): number {
  return 16 * symbols * stateLength;
}

export function attachPosteriorSlab(
  buffer: SharedArrayBuffer,
  symbols: number,
  stateLength: number,
): PosteriorSlab {
  requireBytes(buffer, posteriorSlabBytes(symbols, stateLength), 'posterior slab');
  return {
    state(symbol, slot) {
      return new Float64Array(buffer, 8 * stateLength * (2 * symbol + slot), stateLength);
    },
  };
}
