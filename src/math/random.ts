/**
 * Seeded random streams. A stream is named by a seed and a path of numbers; equal names give equal draws on
 * every machine, different names give unrelated streams, so work can be split without sharing a generator.
 *
 * The generator is sfc32 (Doty-Humphrey's small fast counting, 128 bits of state with a counter, period at
 * least 2^32 from any seed), seeded through a 32-bit avalanche hash. Normals come from Doornik's (2005)
 * form of the Marsaglia-Tsang ziggurat with 128 blocks.
 */
export interface RandomStream {
  nextUint32(): number;
  /** In the open interval (0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** An unrelated stream named by this one's name and the given numbers; drawing does not alter it. */
  fork(...stream: number[]): RandomStream;
}

const BLOCKS = 128;
const TAIL_START = 3.442619855899;
const BLOCK_AREA = 9.91256303526217e-3;
const edges = new Float64Array(BLOCKS + 1);
const ratios = new Float64Array(BLOCKS);

function buildZiggurat(): void {
  let density = Math.exp(-0.5 * TAIL_START * TAIL_START);
  edges[0] = BLOCK_AREA / density;
  edges[1] = TAIL_START;
  for (let block = 2; block < BLOCKS; block++) {
    edges[block] = Math.sqrt(-2 * Math.log(BLOCK_AREA / edges[block - 1]! + density));
    density = Math.exp(-0.5 * edges[block]! * edges[block]!);
  }
  for (let block = 0; block < BLOCKS; block++) ratios[block] = edges[block + 1]! / edges[block]!;
}
buildZiggurat();

const words = new DataView(new ArrayBuffer(8));

function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) | 0;
}

/** Folds every bit of a double into the hash, so that fractions and large integers count too. */
function absorb(hash: number, value: number): number {
  words.setFloat64(0, value === 0 ? 0 : value);
  return mix(Math.imul(mix(hash ^ words.getInt32(0)) + 0x9e3779b9, 0x85ebca6b) ^ words.getInt32(4));
}

class Sfc32 implements RandomStream {
  readonly #name: readonly number[];
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(name: readonly number[]) {
    this.#name = name;
    let hash = 0x6a09e667;
    for (const part of name) hash = absorb(hash, part);
    this.#a = mix(hash ^ 0x3c6ef372);
    this.#b = mix(hash + 0x510e527f);
    this.#c = absorb(hash, name.length);
    for (let warm = 0; warm < 15; warm++) this.nextUint32();
  }

  nextUint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  uniform(): number {
    const high = this.nextUint32() >>> 6;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low + 0.5) / 4503599627370496;
  }

  normal(): number {
    for (;;) {
      const signed = 2 * this.uniform() - 1;
      const block = this.nextUint32() & (BLOCKS - 1);
      if (Math.abs(signed) < ratios[block]!) return signed * edges[block]!;
      if (block === 0) return this.#tail(signed < 0);
      const x = signed * edges[block]!;
      const outer = Math.exp(-0.5 * (edges[block]! * edges[block]! - x * x));
      const inner = Math.exp(-0.5 * (edges[block + 1]! * edges[block + 1]! - x * x));
      if (inner + this.uniform() * (outer - inner) < 1) return x;
    }
  }

  fork(...stream: number[]): RandomStream {
    return new Sfc32([...this.#name, ...stream]);
  }

  #tail(negative: boolean): number {
    for (;;) {
      const x = Math.log(this.uniform()) / TAIL_START;
      const y = Math.log(this.uniform());
      if (-2 * y >= x * x) return negative ? x - TAIL_START : TAIL_START - x;
    }
  }
}

export function createRandom(seed: number, ...stream: number[]): RandomStream {
  return new Sfc32([seed, ...stream]);
}
