/**
 * The posterior states of every symbol at one interval. What bars change has two places for each symbol: one
 * that the published epoch names and one that inference may write. What only fits change has one place for each
 * symbol and one more, which the next fit may write. Which is which is said by the publication alone, so a task
 * that dies while writing spoils only what nobody reads.
 *
 * Flow: worker/inference <-> here -> worker/book-valuer (horizons on demand).
 * Shapes: A x 2 x moving floats; (A + 1) x constants floats.
 */
import type { PosteriorShape, PosteriorState } from '#domain/posterior/state-layout.ts';
import { requireBytes } from './risk-layout.ts';

export interface PosteriorSlab {
  /** Views of one symbol's state: `slot` is 0 or 1, `constantsSlot` 0 to A. */
  state(symbol: number, slot: number, constantsSlot: number): PosteriorState;
}

export function posteriorSlabBytes(symbols: number, { moving, constants }: PosteriorShape): number {
  return 8 * (2 * symbols * moving + (symbols + 1) * constants);
}

export function attachPosteriorSlab(
  buffer: SharedArrayBuffer,
  symbols: number,
  shape: PosteriorShape,
): PosteriorSlab {
  requireBytes(buffer, posteriorSlabBytes(symbols, shape), 'posterior slab');
  const { moving, constants } = shape;
  const firstConstants = 16 * symbols * moving;
  return {
    state: (symbol, slot, constantsSlot) => ({
      moving: new Float64Array(buffer, 8 * moving * (2 * symbol + slot), moving),
      constants: new Float64Array(buffer, firstConstants + 8 * constants * constantsSlot, constants),
    }),
  };
}
