import { describe, expect, it } from 'vitest';
import { weightLimitOf } from '../../../src/feed/binance/exchange-info.ts';
import { resolveOptions } from '../../../src/feed/binance/options.ts';
import { declaredProvenance, provenanceOfHosts } from '../../../src/feed/binance/provenance.ts';
import { missingStreams, streamsOf, subscriptionBatches } from '../../../src/feed/binance/streams.ts';

describe('options', () => {
  it('default to the keyless market-data hosts, over TLS', () => {
    const { streamUrls, restUrls, tradeStream, quotes, klines } = resolveOptions({ symbols: ['BTCUSDT'] });
    expect(streamUrls).toEqual([
      'wss://data-stream.binance.vision/stream',
      'wss://stream.binance.com/stream',
      'wss://stream.binance.com:9443/stream',
    ]);
    expect(restUrls).toEqual(['https://data-api.binance.vision', 'https://api.binance.com']);
    expect([tradeStream, quotes, klines]).toEqual(['aggTrade', true, ['1m']]);
  });

  it('take hosts, ports and whole URLs, and the time unit into the URL', () => {
    const { streamUrls, restUrls } = resolveOptions({
      symbols: ['BTCUSDT'],
      streamBases: ['ws://127.0.0.1:8080/', 'example.org:9443'],
      restBases: ['http://127.0.0.1:8080'],
      timeUnit: 'microsecond',
    });
    expect(streamUrls).toEqual([
      'ws://127.0.0.1:8080/stream?timeUnit=MICROSECOND',
      'wss://example.org:9443/stream?timeUnit=MICROSECOND',
    ]);
    expect(restUrls).toEqual(['http://127.0.0.1:8080']);
  });

  it('limits given in part leave the others as they are', () => {
    const { limits } = resolveOptions({
      symbols: ['A'],
      limits: { gap: { attempts: 2 }, overlapMs: 5 },
      quietHourUtc: 4,
    });
    expect(limits.gap).toMatchObject({ attempts: 2, pages: 50 });
    expect([limits.overlapMs, limits.connectGapMs, limits.rotation.quietHourUtc]).toEqual([5, 1000, 4]);
  });

  it('refuse no symbols and double ones', () => {
    expect(() => resolveOptions({ symbols: [] })).toThrow(RangeError);
    expect(() => resolveOptions({ symbols: ['A', 'A'] })).toThrow('symbols must differ');
  });
});

describe('provenance', () => {
  it.each([
    [['wss://data-stream.binance.vision/stream', 'https://data-api.binance.vision'], 'binance'],
    [['wss://stream.binance.com:9443/stream', 'https://api3.binance.com'], 'binance'],
    [['ws://stream.binance.com:9443/stream', 'https://api.binance.com'], undefined],
    [['wss://stream.binance.com/stream', 'http://api.binance.com'], undefined],
    [['wss://stream.binance.com/stream', 'https://127.0.0.1'], undefined],
    [['wss://stream.testnet.binance.vision/stream', 'https://api.binance.com'], undefined],
    [['wss://demo-stream.binance.com:9443/stream', 'https://api.binance.com'], undefined],
    [['wss://stream.binance.com.example.org/stream', 'https://api.binance.com'], undefined],
    [['wss://evil-stream.binance.com.co/stream'], undefined],
    [[], undefined],
  ])('hosts %j', (bases, expected) => {
    expect(provenanceOfHosts(bases)).toBe(expected);
  });

  it('a declaration is believed for a replay only', () => {
    expect(declaredProvenance({ provenance: 'replay' })).toBe('replay');
    for (const body of [{ provenance: 'binance' }, { provenance: 'synthetic' }, null, 'replay', []])
      expect(declaredProvenance(body)).toBe('synthetic');
  });
});

describe('streams', () => {
  it('are named in lower case, by choice', () => {
    expect(streamsOf('BTCUSDT', { trade: 'aggTrade', quotes: true, klines: ['1m'] })).toEqual([
      'btcusdt@aggTrade',
      'btcusdt@bookTicker',
      'btcusdt@kline_1m',
    ]);
    expect(streamsOf('ETHUSDT', { trade: 'trade', quotes: false, klines: [] })).toEqual(['ethusdt@trade']);
  });

  it('are subscribed in batches and held against what the exchange lists', () => {
    const names = Array.from({ length: 450 }, (_, at) => `s${at}@trade`);
    expect(subscriptionBatches(names).map(({ length }) => length)).toEqual([200, 200, 50]);
    expect(missingStreams(['a', 'b', 'c'], ['c', 'a'])).toEqual(['b']);
    expect(missingStreams(['a'], null)).toEqual(['a']);
  });
});

describe('the stated weight limit', () => {
  it('is the one a minute, or unknown', () => {
    const limits = [
      { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 61_000 },
      { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
    ];
    expect(weightLimitOf({ rateLimits: limits })).toBe(6000);
    for (const body of [{}, null, { rateLimits: [null, { limit: 3 }] }])
      expect(weightLimitOf(body)).toBeUndefined();
  });
});
