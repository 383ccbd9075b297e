/**
 * A short cut for the frames that make up nearly all of the traffic: trades and best quotes on a combined
 * stream, with their fields in the order in which the exchange writes them.
 * Flow: link (bytes) -> here -> Trade or Quote; anything else, however slightly different, gives undefined and
 * goes to parse-frame, so the short cut can be wrong about speed only.
 * Numbers: a decimal of at most 15 digits is read as integer / 10^k, both exact in a double, so the one
 * rounding of the division gives the same double as the language's own parser.
 */
import type { Quote, Trade } from '#domain/market/tick.ts';

interface Shape {
  readonly symbolIndex: number;
  readonly kind: 'aggTrade' | 'trade' | 'quote';
  /** The bytes before, between and after the values. */
  readonly literals: readonly Uint8Array[];
}

const QUOTE_MARK = 34;
const DOT = 46;
const ZERO = 48;
/** Where the stream's name starts, and how much of it tells shapes apart. */
const NAME_AT = 11;
const NAME_SPAN = 16;
const POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

function shapeOf(symbol: string, symbolIndex: number, kind: Shape['kind']): Shape {
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
  return { symbolIndex, kind, literals: texts[kind].map((text) => new TextEncoder().encode(text)) };
}

export class FastFrames {
  readonly #shapes = new Map<number, Shape[]>();
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #ok = false;

  constructor(symbols: ReadonlyMap<string, number>) {
    for (const [symbol, symbolIndex] of symbols)
      for (const kind of ['aggTrade', 'trade', 'quote'] as const) {
        const shape = shapeOf(symbol, symbolIndex, kind);
        const key = keyOf(shape.literals[0] as Uint8Array);
        this.#shapes.set(key, [...(this.#shapes.get(key) ?? []), shape]);
      }
  }

  read(bytes: Uint8Array, tsReceiveUs: number): Trade | Quote | undefined {
    if (bytes.length < 64) return undefined;
    const candidates = this.#shapes.get(keyOf(bytes));
    if (candidates === undefined) return undefined;
    this.#bytes = bytes;
    for (const shape of candidates) {
      this.#at = 0;
      this.#ok = true;
      this.#literal(shape.literals[0] as Uint8Array);
      if (this.#ok)
        return shape.kind === 'quote' ? this.#quote(shape, tsReceiveUs) : this.#trade(shape, tsReceiveUs);
    }
    return undefined;
  }

  #quote({ symbolIndex, literals }: Shape, tsReceiveUs: number): Quote | undefined {
    const updateId = this.#integer();
    this.#literal(literals[1] as Uint8Array);
    const bid = this.#decimal();
    this.#literal(literals[2] as Uint8Array);
    const bidQuantity = this.#decimal();
    this.#literal(literals[3] as Uint8Array);
    const ask = this.#decimal();
    this.#literal(literals[4] as Uint8Array);
    const askQuantity = this.#decimal();
    this.#literal(literals[5] as Uint8Array);
    if (!this.#ok || this.#at !== this.#bytes.length || !(bid > 0 && ask >= bid)) return undefined;
    return { kind: 'quote', symbolIndex, updateId, bid, bidQuantity, ask, askQuantity, tsReceiveUs };
  }

  #trade({ symbolIndex, kind, literals }: Shape, tsReceiveUs: number): Trade | undefined {
    const tsEventUs = this.#epochUs();
    this.#literal(literals[1] as Uint8Array);
    const id = this.#integer();
    this.#literal(literals[2] as Uint8Array);
    const price = this.#decimal();
    this.#literal(literals[3] as Uint8Array);
    const quantity = this.#decimal();
    let fills = 1;
    let next = 4;
    if (kind === 'aggTrade') {
      this.#literal(literals[4] as Uint8Array);
      const first = this.#integer();
      this.#literal(literals[5] as Uint8Array);
      fills = this.#integer() - first + 1;
      next = 6;
    }
    this.#literal(literals[next] as Uint8Array);
    const tsTradeUs = this.#epochUs();
    this.#literal(literals[next + 1] as Uint8Array);
    const buyerIsMaker = this.#boolean();
    this.#literal(literals[next + 2] as Uint8Array);
    this.#boolean();
    this.#literal(literals[next + 3] as Uint8Array);
    if (!this.#ok || this.#at !== this.#bytes.length || !(price > 0 && quantity > 0 && fills >= 1))
      return undefined;
    return {
      kind: 'trade',
      symbolIndex,
      id,
      price,
      quantity,
      buyerIsMaker,
      tsTradeUs,
      tsEventUs,
      tsReceiveUs,
      fills,
      recovered: false,
    };
  }

  #literal(expected: Uint8Array): void {
    const bytes = this.#bytes;
    const at = this.#at;
    const length = expected.length;
    if (at + length > bytes.length) {
      this.#ok = false;
      return;
    }
    for (let index = 0; index < length; index += 1)
      if (bytes[at + index] !== expected[index]) {
        this.#ok = false;
        return;
      }
    this.#at = at + length;
  }

  /** Up to 15 digits, ended by a comma or a quotation mark that stays for the literal after it. */
  #integer(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let high = 0;
    let low = 0;
    let lowDigits = 0;
    for (; at < bytes.length; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      if (at - start < 8) high = high * 10 + digit;
      else {
        low = low * 10 + digit;
        lowDigits += 1;
      }
    }
    if (at === start || at - start > 16 || (bytes[start] === ZERO && at > start + 1)) this.#ok = false;
    this.#at = at;
    return high * (POWERS[lowDigits] as number) + low;
  }

  #epochUs(): number {
    const start = this.#at;
    const value = this.#integer();
    const digits = this.#at - start;
    if (digits === 16) return value;
    if (digits !== 13) this.#ok = false;
    return value * 1000;
  }

  #decimal(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let whole = 0;
    let fraction = 0;
    let decimals = 0;
    for (; at < bytes.length; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      whole = whole * 10 + digit;
    }
    const wholeDigits = at - start;
    if (bytes[at] === DOT) {
      at += 1;
      const dotAt = at;
      for (; at < bytes.length; at += 1) {
        const digit = (bytes[at] as number) - ZERO;
        if (digit < 0 || digit > 9) break;
        fraction = fraction * 10 + digit;
      }
      decimals = at - dotAt;
      if (decimals === 0) this.#ok = false;
    }
    this.#at = at;
    if (
      wholeDigits === 0 ||
      wholeDigits + decimals > 15 ||
      (bytes[start] === ZERO && wholeDigits > 1) ||
      bytes[at] !== QUOTE_MARK
    ) {
      this.#ok = false;
      return Number.NaN;
    }
    return (whole * (POWERS[decimals] as number) + fraction) / (POWERS[decimals] as number);
  }

  #boolean(): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    const isTrue =
      bytes[at] === 116 && bytes[at + 1] === 114 && bytes[at + 2] === 117 && bytes[at + 3] === 101;
    const isFalse =
      bytes[at] === 102 &&
      bytes[at + 1] === 97 &&
      bytes[at + 2] === 108 &&
      bytes[at + 3] === 115 &&
      bytes[at + 4] === 101;
    if (!isTrue && !isFalse) this.#ok = false;
    this.#at = at + (isTrue ? 4 : 5);
    return isTrue;
  }
}

function keyOf(bytes: Uint8Array): number {
  let key = 0;
  for (let at = NAME_AT; at < NAME_AT + NAME_SPAN; at += 1)
    key = (Math.imul(key, 31) + (bytes[at] as number)) | 0;
  return key;
}
