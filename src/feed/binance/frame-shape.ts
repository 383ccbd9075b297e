/**
 * What a hot frame looks like: the bytes between its values, per symbol and kind of event, and a key that
 * tells from the stream's name which of them a frame may be.
 * Flow: symbols -> here -> fast-frame.
 */
export interface Shape {
  readonly symbolIndex: number;
  readonly kind: 'aggTrade' | 'trade' | 'quote';
  /** The bytes before, between and after the values. */
  readonly literals: readonly Literal[];
}

/** Bytes to compare, four at a time and then the rest. */
export interface Literal {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
}

/** Where the stream's name starts, and how much of it tells shapes apart. */
const NAME_AT = 11;
const NAME_SPAN = 16;

export function shapeOf(symbol: string, symbolIndex: number, kind: Shape['kind']): Shape {
  const texts = {
    aggTrade: [
      `{"stream":"${symbol.toLowerCase()}@aggTrade","data":{"e":"aggTrade","E":`,
      `,"s":"${symbol}","a":`,
      ',"p":"',
      '","q":"',
      '","f":',
      ',"l":',
      ',"T":',
      ',"m":',
      ',"M":',
      '}}',
    ],
    trade: [
      `{"stream":"${symbol.toLowerCase()}@trade","data":{"e":"trade","E":`,
      `,"s":"${symbol}","t":`,
      ',"p":"',
      '","q":"',
      '","T":',
      ',"m":',
      ',"M":',
      '}}',
    ],
    quote: [
      `{"stream":"${symbol.toLowerCase()}@bookTicker","data":{"u":`,
      `,"s":"${symbol}","b":"`,
      '","B":"',
      '","a":"',
      '","A":"',
      '"}}',
    ],
  };
  return { symbolIndex, kind, literals: texts[kind].map(literalOf) };
}

function literalOf(text: string): Literal {
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(bytes.buffer);
  const words = Int32Array.from({ length: bytes.length >> 2 }, (_, at) => view.getInt32(4 * at, true));
  return { bytes, words };
}

export function keyOf(view: DataView, start: number): number {
  let key = 0;
  for (let at = start + NAME_AT; at < start + NAME_AT + NAME_SPAN; at += 4)
    key = (Math.imul(key, 31) + view.getInt32(at, true)) | 0;
  return key;
}
