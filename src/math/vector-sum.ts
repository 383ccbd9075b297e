/**
 * Weighted sums of float columns, two lanes at a time: a WebAssembly module of two functions, assembled here
 * from its instructions. Each lane does the operations of the plain loop in the same order, so the sums are
 * equal to the last bit.
 *
 *   addFour: out += (w0 c0 + w1 c1) + (w2 c2 + w3 c3)      addOne: out += w c
 *
 * Units: pointers in bytes into the memory given. Shapes: columns of f32, out of f64, `count` of each, a
 * multiple of SUM_STRIP. Source of the encoding: WebAssembly core specification 2.0, chapter 5.
 */
declare global {
  /** What is used of it; the type library of the runtime names only Module. */
  namespace WebAssembly {
    class Memory {
      constructor(size: { readonly initial: number });
      readonly buffer: ArrayBuffer;
    }
    class Module {
      constructor(bytes: Uint8Array<ArrayBuffer>);
    }
    class Instance {
      constructor(module: Module, imports: object);
      readonly exports: object;
    }
  }
}

export interface VectorSum {
  addFour(
    out: number,
    count: number,
    c0: number,
    c1: number,
    c2: number,
    c3: number,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
  ): void;
  addOne(out: number, count: number, c0: number, w0: number): void;
}

/** Values of one turn of the loop: four pairs of lanes. */
export const SUM_STRIP = 8;

type Code = readonly number[];

const I32 = 0x7f;
const F64 = 0x7c;
const V128 = 0x7b;
const OUT = 0;
/** The count comes in; from the first instruction on it is the end of out. */
const END = 1;
const COLUMNS = 2;

function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function vector(instruction: number): Code {
  return [0xfd, ...unsigned(instruction)];
}

const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
/** For 0 to 127: signed, hence two bytes from 64. */
const constant = (value: number): Code => [0x41, ...(value < 64 ? [value] : [value | 128, 0])];
const sized = (body: Code): Code => [...unsigned(body.length), ...body];
const listed = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const named = (text: string): Code => sized([...new TextEncoder().encode(text)]);

const PLUS_I32 = [0x6a];
const SHIFT_LEFT = [0x74];
const BELOW = [0x49];
const LOOP = [0x03, 0x40];
const AGAIN_IF = [0x0d, 0x00];
const CLOSE = [0x0b];
const SPLAT = vector(0x14);
const PROMOTE_LOW = vector(0x5f);
const PLUS = vector(0xf0);
const TIMES = vector(0xf2);
const loadPair = (offset: number): Code => [...vector(0x00), 3, offset];
const loadFloats = (offset: number): Code => [...vector(0x5d), 2, offset];
const storePair = (offset: number): Code => [...vector(0x0b), 3, offset];

function advance(local: number, bytes: number): Code {
  return [...get(local), ...constant(bytes), ...PLUS_I32, ...set(local)];
}

/** Adds neighbours up: (a b) (c d). */
function total(terms: readonly Code[]): Code {
  if (terms.length === 1) return terms[0]!;
  const half = terms.length / 2;
  return [...total(terms.slice(0, half)), ...total(terms.slice(half)), ...PLUS];
}

/** Locals: out, count, the columns, their weights, and each weight in both lanes. */
function sumOf(columns: number): Code {
  const every = Array.from({ length: columns }, (_, k) => k);
  const weight = COLUMNS + columns;
  const lanes = weight + columns;
  const term = (k: number, pair: number): Code => [
    ...get(lanes + k),
    ...get(COLUMNS + k),
    ...loadFloats(8 * pair),
    ...PROMOTE_LOW,
    ...TIMES,
  ];
  const strip = [0, 1, 2, 3].map((pair) => [
    ...get(OUT),
    ...get(OUT),
    ...loadPair(16 * pair),
    ...total(every.map((k) => term(k, pair))),
    ...PLUS,
    ...storePair(16 * pair),
  ]);
  const locals: Code = [1, columns, V128];
  return sized([
    ...locals,
    ...every.flatMap((k) => [...get(weight + k), ...SPLAT, ...set(lanes + k)]),
    ...[...get(OUT), ...get(END), ...constant(3), ...SHIFT_LEFT, ...PLUS_I32, ...set(END)],
    ...LOOP,
    ...strip.flat(),
    ...advance(OUT, 8 * SUM_STRIP),
    ...every.flatMap((k) => advance(COLUMNS + k, 4 * SUM_STRIP)),
    ...[...get(OUT), ...get(END), ...BELOW, ...AGAIN_IF],
    ...CLOSE,
    ...CLOSE,
  ]);
}

function typeOf(columns: number): Code {
  const parameters = [I32, I32, ...new Array(columns).fill(I32), ...new Array(columns).fill(F64)];
  return [0x60, ...sized(parameters), 0];
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const sections: readonly [number, Code][] = [
    [1, listed([typeOf(4), typeOf(1)])],
    [2, listed([[...named('lent'), ...named('memory'), 2, 0, 0]])],
    [3, listed([[0], [1]])],
    [
      7,
      listed([
        [...named('addFour'), 0, 0],
        [...named('addOne'), 0, 1],
      ]),
    ],
    [10, listed([sumOf(4), sumOf(1)])],
  ];
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([...header, ...sections.flatMap(([id, body]) => [id, ...sized(body)])]);
}

export function createVectorSum(memory: WebAssembly.Memory): VectorSum {
  const module = new WebAssembly.Module(moduleBytes());
  return new WebAssembly.Instance(module, { lent: { memory } }).exports as VectorSum;
}
