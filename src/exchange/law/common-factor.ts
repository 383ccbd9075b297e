/**
 * Draws that all symbols of a market share, made once per root bar and remembered.
 */
import { createRandom, type RandomStream } from '#math/random.ts';
import { PURPOSE } from './return-process.ts';

export class CommonFactor<T> {
  readonly #seed: number;
  readonly #draw: (random: RandomStream) => T;
  readonly #drawn = new Map<number, T>();

  constructor(seed: number, draw: (random: RandomStream) => T) {
    this.#seed = seed;
    this.#draw = draw;
  }

  /** `root` counts root intervals since the epoch. */
  at(root: number): T {
    const known = this.#drawn.get(root);
    if (known !== undefined) return known;
    const made = this.#draw(createRandom(this.#seed, PURPOSE.market, root));
    this.#drawn.set(root, made);
    return made;
  }
}
