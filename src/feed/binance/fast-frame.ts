/**
 * A short cut for the frames that make up nearly all of the traffic: trades and best quotes on a combined
 * stream, with their fields in the order in which the exchange writes them.
 * Flow: link (bytes) -> here -> Trade or Quote; anything else, however slightly different, gives undefined and
 * goes to parse-frame, so the short cut can be wrong about speed only.
 * Numbers: a decimal of at most 15 digits is read as integer / 10^k, both exact in a double, so the one
 * rounding of the division gives the same double as the language's own parser.
 */
import type { Quote, Trade } from '#domain/market/tick.ts';
import { keyOf, type Literal, type Shape, shapeOf } from './frame-shape.ts';

const QUOTE_MARK = 34;
const DOT = 46;
const ZERO = 48;
const POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);

export class FastFrames {
  readonly #shapes = new Map<number, Shape[]>();
  /** The whole memory in which the frame lies: the frames of one reading of the socket share it. */
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  #end = 0;
  #ok = false;

  constructor(symbols: ReadonlyMap<string, number>) {
    for (const [symbol, symbolIndex] of symbols)
      for (const kind of ['aggTrade', 'trade', 'quote'] as const) {
        const shape = shapeOf(symbol, symbolIndex, kind);
        const key = keyOf(new DataView((shape.literals[0] as Literal).bytes.buffer), 0);
        this.#shapes.set(key, [...(this.#shapes.get(key) ?? []), shape]);
      }
  }

  read(bytes: Uint8Array, tsReceiveUs: number): Trade | Quote | undefined {
    if (bytes.length < 64) return undefined;
    if (bytes.buffer !== this.#bytes.buffer) {
      this.#bytes = new Uint8Array(bytes.buffer);
      this.#view = new DataView(bytes.buffer);
    }
    const start = bytes.byteOffset;
    const candidates = this.#shapes.get(keyOf(this.#view, start));
    if (candidates === undefined) return undefined;
    this.#end = start + bytes.length;
    for (const shape of candidates) {
      this.#at = start;
      this.#ok = true;
      this.#literal(shape.literals[0] as Literal);
      if (this.#ok)
        return shape.kind === 'quote' ? this.#quote(shape, tsReceiveUs) : this.#trade(shape, tsReceiveUs);
    }
    return undefined;
  }

  #quote({ symbolIndex, literals }: Shape, tsReceiveUs: number): Quote | undefined {
    const updateId = this.#integer();
    this.#literal(literals[1] as Literal);
    const bid = this.#decimal();
    this.#literal(literals[2] as Literal);
    const bidQuantity = this.#decimal();
    this.#literal(literals[3] as Literal);
    const ask = this.#decimal();
    this.#literal(literals[4] as Literal);
    const askQuantity = this.#decimal();
    this.#literal(literals[5] as Literal);
    if (!this.#ok || this.#at !== this.#end || !(bid > 0 && ask >= bid)) return undefined;
    return { kind: 'quote', symbolIndex, updateId, bid, bidQuantity, ask, askQuantity, tsReceiveUs };
  }

  #trade({ symbolIndex, kind, literals }: Shape, tsReceiveUs: number): Trade | undefined {
    const tsEventUs = this.#epochUs();
    this.#literal(literals[1] as Literal);
    const id = this.#integer();
    this.#literal(literals[2] as Literal);
    const price = this.#decimal();
    this.#literal(literals[3] as Literal);
    const quantity = this.#decimal();
    let fills = 1;
    let next = 4;
    if (kind === 'aggTrade') {
      this.#literal(literals[4] as Literal);
      const first = this.#integer();
      this.#literal(literals[5] as Literal);
      fills = this.#integer() - first + 1;
      next = 6;
    }
    this.#literal(literals[next] as Literal);
    const tsTradeUs = this.#epochUs();
    this.#literal(literals[next + 1] as Literal);
    const buyerIsMaker = this.#boolean();
    this.#literal(literals[next + 2] as Literal);
    this.#boolean();
    this.#literal(literals[next + 3] as Literal);
    if (!this.#ok || this.#at !== this.#end || !(price > 0 && quantity > 0 && fills >= 1)) return undefined;
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

  #literal({ bytes: expected, words }: Literal): void {
    const at = this.#at;
    const { length } = expected;
    if (at + length > this.#end) {
      this.#ok = false;
      return;
    }
    const view = this.#view;
    let index = 0;
    for (let word = 0; word < words.length; word += 1, index += 4)
      if (view.getInt32(at + index, true) !== words[word]) {
        this.#ok = false;
        return;
      }
    const bytes = this.#bytes;
    for (; index < length; index += 1)
      if (bytes[at + index] !== expected[index]) {
        this.#ok = false;
        return;
      }
    this.#at = at + length;
  }

  /** Up to 15 digits, ended by a comma or a quotation mark that stays for the literal after it. */
  #integer(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    const start = this.#at;
    let at = start;
    let high = 0;
    let low = 0;
    let lowDigits = 0;
    const firstEight = this.#eightDigits(start);
    if (firstEight >= 0) {
      high = firstEight;
      at += 8;
    }
    for (; at < end; at += 1) {
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

  /** Eight digits from `at` on, or a negative number where there are fewer. */
  #eightDigits(at: number): number {
    if (at + 8 > this.#end) return -1;
    const high = fourDigits(this.#view.getInt32(at, true));
    const low = fourDigits(this.#view.getInt32(at + 4, true));
    return high < 0 || low < 0 ? -1 : high * 10_000 + low;
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
    const end = this.#end;
    const start = this.#at;
    let at = start;
    let whole = 0;
    let fraction = 0;
    let decimals = 0;
    for (; at < end; at += 1) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) break;
      whole = whole * 10 + digit;
    }
    const wholeDigits = at - start;
    if (at < end && bytes[at] === DOT) {
      at += 1;
      const dotAt = at;
      const firstEight = this.#eightDigits(at);
      if (firstEight >= 0) {
        fraction = firstEight;
        at += 8;
      }
      for (; at < end; at += 1) {
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
      at >= end ||
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

/** The number that four digits in a row spell, or -1 where they are not all digits. */
function fourDigits(word: number): number {
  const digits = (word - 0x3030_3030) | 0;
  if (((digits | (digits + 0x0606_0606)) & 0xf0f0_f0f0) !== 0) return -1;
  return (
    (digits & 15) * 1000 + ((digits >> 8) & 15) * 100 + ((digits >> 16) & 15) * 10 + ((digits >> 24) & 15)
  );
}
