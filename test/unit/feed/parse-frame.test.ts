import { describe, expect, it } from 'vitest';
import { FastFrames } from '../../../src/feed/binance/fast-frame.ts';
import { parseFrame } from '../../../src/feed/binance/parse-frame.ts';
import fc from '../../support/seeded-check.ts';

const SYMBOLS = new Map([
  ['BTCUSDT', 0],
  ['ETHUSDT', 1],
  ['1000SHIBUSDT', 2],
]);
const RECEIVED = 1_723_161_256_000_123;
const fast = new FastFrames(SYMBOLS);

function parse(value: unknown) {
  return parseFrame(typeof value === 'string' ? value : JSON.stringify(value), SYMBOLS, RECEIVED);
}

const AGG_TRADE = {
  e: 'aggTrade',
  E: 1_723_161_255_343,
  s: 'BTCUSDT',
  a: 15_683_430,
  p: '61837.63000000',
  q: '0.02000000',
  f: 100,
  l: 104,
  T: 1_723_161_255_342,
  m: true,
  M: true,
};
const TRADE = { ...AGG_TRADE, e: 'trade', t: 3_735_683_259, a: 7, b: 8 };
const QUOTE = { u: 50_093_239_212, s: 'ETHUSDT', b: '2500.10', B: '3.5', a: '2500.11', A: '0' };
const KLINE = {
  e: 'kline',
  E: 1_723_161_300_010,
  s: 'BTCUSDT',
  k: {
    t: 1_723_161_240_000,
    T: 1_723_161_299_999,
    s: 'BTCUSDT',
    i: '1m',
    f: 1,
    L: 9,
    o: '10',
    c: '12',
    h: '13',
    l: '9',
    v: '4.5',
    n: 9,
    x: true,
    q: '50',
    V: '1',
    Q: '11',
    B: '0',
  },
};

describe('frames of the wire', () => {
  it('aggregate trade: counts its fills, keeps event, trade and receive time apart', () => {
    expect(parse({ stream: 'btcusdt@aggTrade', data: AGG_TRADE })).toEqual({
      kind: 'trade',
      symbolIndex: 0,
      id: 15_683_430,
      price: 61_837.63,
      quantity: 0.02,
      buyerIsMaker: true,
      tsTradeUs: 1_723_161_255_342_000,
      tsEventUs: 1_723_161_255_343_000,
      tsReceiveUs: RECEIVED,
      fills: 5,
      recovered: false,
    });
  });

  it('single trade: bare or wrapped, with keys of older captures ignored', () => {
    expect(parse(TRADE)).toMatchObject({ kind: 'trade', id: 3_735_683_259, fills: 1 });
    expect(parse({ stream: 'btcusdt@trade', data: TRADE })).toEqual(parse(TRADE));
  });

  it('microseconds are told from milliseconds by their size, and by nothing else', () => {
    const micro = { ...AGG_TRADE, E: 1_723_161_255_343_777, T: '1723161255342999' };
    expect(parse(micro)).toMatchObject({
      tsEventUs: 1_723_161_255_343_777,
      tsTradeUs: 1_723_161_255_342_999,
    });
  });

  it('best quote: no event type, no time', () => {
    expect(parse(QUOTE)).toEqual({
      kind: 'quote',
      symbolIndex: 1,
      updateId: 50_093_239_212,
      bid: 2500.1,
      bidQuantity: 3.5,
      ask: 2500.11,
      askQuantity: 0,
      tsReceiveUs: RECEIVED,
    });
  });

  it('kline: open and closed, without realised variance', () => {
    expect(parse(KLINE)).toMatchObject({
      kind: 'kline',
      closed: true,
      bar: {
        openTimeMs: 1_723_161_240_000,
        intervalMs: 60_000,
        open: 10,
        close: 12,
        high: 13,
        low: 9,
        volume: 4.5,
        trades: 9,
        realisedVariance: Number.NaN,
      },
    });
  });

  it('answers to control messages, and refusals', () => {
    expect(parse({ result: null, id: 3 })).toEqual({ kind: 'reply', id: 3, result: null, error: undefined });
    expect(parse({ error: { code: 2, msg: 'Invalid request' }, id: 4 })).toMatchObject({
      id: 4,
      error: '2: Invalid request',
    });
    expect(parse({ code: 3, msg: 'Invalid JSON', id: 5 })).toMatchObject({ id: 5, error: '3: Invalid JSON' });
  });

  it('shutdown notice, bare and combined', () => {
    expect(parse({ e: 'serverShutdown', E: 1 })).toEqual({ kind: 'shutdown' });
    expect(parse({ stream: '!serverShutdown', data: { e: 'serverShutdown', E: 1 } })).toEqual({
      kind: 'shutdown',
    });
  });

  it.each([
    ['cut short', '{"stream":"btcusdt@aggT', 'malformed'],
    ['a list', '[1,2]', 'malformed'],
    ['a number', '17', 'malformed'],
    ['null', 'null', 'malformed'],
    ['empty', '', 'malformed'],
    ['no data', { stream: 'btcusdt@aggTrade' }, 'malformed'],
    ['price of zero', { ...AGG_TRADE, p: '0.00' }, 'malformed'],
    ['negative quantity', { ...AGG_TRADE, q: '-1' }, 'malformed'],
    ['price NaN', { ...AGG_TRADE, p: 'NaN' }, 'malformed'],
    ['price Infinity', { ...AGG_TRADE, p: 'Infinity' }, 'malformed'],
    ['price as number', { ...AGG_TRADE, p: 5 }, 'malformed'],
    ['hexadecimal', { ...AGG_TRADE, p: '0x10' }, 'malformed'],
    ['exponent', { ...AGG_TRADE, p: '1e5' }, 'malformed'],
    ['blank around', { ...AGG_TRADE, p: ' 1' }, 'malformed'],
    ['fractional id', { ...AGG_TRADE, a: 1.5 }, 'malformed'],
    ['id beyond 2^53', { ...AGG_TRADE, a: 2 ** 60 }, 'malformed'],
    ['last before first', { ...AGG_TRADE, f: 9, l: 3 }, 'malformed'],
    ['time in seconds', { ...AGG_TRADE, T: 1_723_161_255 }, 'malformed'],
    ['side missing', { ...AGG_TRADE, m: undefined }, 'malformed'],
    ['crossed book', { ...QUOTE, b: '3', a: '2' }, 'malformed'],
    ['empty side', { ...QUOTE, b: '0.00000000', B: '0.00000000' }, 'malformed'],
    ['kline with high below close', { ...KLINE, k: { ...KLINE.k, h: '11' } }, 'malformed'],
    ['kline of unknown interval', { ...KLINE, k: { ...KLINE.k, i: '7m' } }, 'malformed'],
    ['unknown symbol', { ...AGG_TRADE, s: 'XXXYYY' }, 'unknown'],
    ['unknown event', { ...AGG_TRADE, e: 'blockTrade' }, 'unknown'],
    ['no symbol', { foo: 1 }, 'unknown'],
  ])('%s', (_, value, kind) => {
    expect(parse(value)).toMatchObject({ kind });
  });
});

const amount = fc
  .tuple(fc.nat(99_999_999), fc.nat(99_999_999), fc.nat(8))
  .map(([whole, part, decimals]) =>
    decimals === 0 ? `${whole}` : `${whole}.${String(part).padStart(8, '0').slice(0, decimals)}`,
  );
const epoch = fc.oneof(fc.integer({ min: 1e12, max: 2e12 }), fc.integer({ min: 1e15, max: 2e15 }));
const id = fc.oneof(fc.nat(100), fc.integer({ min: 1e6, max: 9e14 }));
const symbol = fc.constantFrom(...SYMBOLS.keys());

const aggTradeFrame = fc
  .record({
    s: symbol,
    a: id,
    p: amount,
    q: amount,
    f: id,
    n: fc.nat(900),
    T: epoch,
    E: epoch,
    m: fc.boolean(),
    M: fc.boolean(),
  })
  .map(({ s, a, p, q, f, n, T, E, m, M }) => ({
    stream: `${s.toLowerCase()}@aggTrade`,
    data: { e: 'aggTrade', E, s, a, p, q, f, l: f + n, T, m, M },
  }));
const tradeFrame = fc
  .record({ s: symbol, t: id, p: amount, q: amount, T: epoch, E: epoch, m: fc.boolean(), M: fc.boolean() })
  .map(({ s, t, p, q, T, E, m, M }) => ({
    stream: `${s.toLowerCase()}@trade`,
    data: { e: 'trade', E, s, t, p, q, T, m, M },
  }));
const quoteFrame = fc
  .record({ s: symbol, u: id, b: amount, B: amount, a: amount, A: amount })
  .map(({ s, u, b, B, a, A }) => ({ stream: `${s.toLowerCase()}@bookTicker`, data: { u, s, b, B, a, A } }));
const anyFrame = fc.oneof(aggTradeFrame, tradeFrame, quoteFrame).map((frame) => JSON.stringify(frame));

describe('the short cut for hot frames', () => {
  it('reads what the general parser reads, to the last bit', () => {
    let taken = 0;
    fc.assert(
      fc.property(anyFrame, (text) => {
        const quick = fast.read(Buffer.from(text), RECEIVED);
        if (quick === undefined) return;
        taken += 1;
        expect(quick).toEqual(parse(text));
      }),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(1000);
  });

  it('takes every ordinary frame', () => {
    for (const frame of [
      { stream: 'btcusdt@aggTrade', data: AGG_TRADE },
      { stream: 'ethusdt@bookTicker', data: QUOTE },
    ])
      expect(fast.read(Buffer.from(JSON.stringify(frame)), RECEIVED)).toEqual(parse(frame));
  });

  it('sees no byte beyond its frame, though the frame lies among others', () => {
    fc.assert(
      fc.property(anyFrame, fc.nat(40), fc.nat(12), (text, before, cut) => {
        const memory = Buffer.from(`${'7'.repeat(before)}${text}${'0'.repeat(20)}`);
        const whole = memory.subarray(before, before + text.length);
        expect(fast.read(whole, RECEIVED)).toEqual(fast.read(Buffer.from(text), RECEIVED));
        if (cut > 0) expect(fast.read(whole.subarray(0, text.length - cut), RECEIVED)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  it('never disagrees on a frame that was tampered with', () => {
    const edit = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(6),
      put: fc.string({ maxLength: 6 }),
    });
    fc.assert(
      fc.property(anyFrame, fc.array(edit, { minLength: 1, maxLength: 3 }), (text, edits) => {
        let tampered = text;
        for (const { at, cut, put } of edits) {
          const from = Math.floor(at * tampered.length);
          tampered = tampered.slice(0, from) + put + tampered.slice(from + cut);
        }
        const general = parse(tampered);
        const quick = fast.read(Buffer.from(tampered), RECEIVED);
        if (quick !== undefined) expect(quick).toEqual(general);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the parser under fuzz', () => {
  it('never throws, and never lets a number through that is not one', () => {
    const junk = fc.oneof(
      fc.string(),
      fc.json(),
      anyFrame.map((text) => text.replace(/\d/g, 'x')),
      fc.jsonValue().map((value) => JSON.stringify({ stream: 's', data: value })),
    );
    const twisted = fc
      .tuple(fc.constantFrom(AGG_TRADE, TRADE, QUOTE, KLINE), fc.string(), fc.jsonValue())
      .map(([base, key, value]) =>
        JSON.stringify({
          ...base,
          [key]: value,
          ...(key.length % 2 === 0 ? { p: value, b: value, k: value } : { T: value, a: value }),
        }),
      );
    fc.assert(
      fc.property(fc.oneof(junk, twisted), (text) => {
        const frame = parse(text);
        if (frame.kind === 'trade' || frame.kind === 'quote')
          for (const value of Object.values(frame))
            if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});
