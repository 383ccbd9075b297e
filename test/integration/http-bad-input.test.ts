import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProblemCode, problems } from '../../src/http/problems.ts';
import { AUDIT_TOKEN, bearer, FULL_TOKEN, testApp } from '../support/http-app.ts';

const BOOK = [{ symbol: 'BTCUSDT', quantity: '0.5' }];
const raw = (payload: string): InjectOptions => ({
  method: 'POST',
  url: '/v1/var',
  headers: { 'content-type': 'application/json' },
  payload,
});
const book = (body: object): InjectOptions => ({
  method: 'POST',
  url: '/v1/var',
  payload: { positions: BOOK, ...body },
});
const position = (entry: object): InjectOptions => book({ positions: [{ symbol: 'BTCUSDT', ...entry }] });

/** What is wrong, how it is asked, status and stable code of the answer. */
const TABLE: readonly [string, InjectOptions, number, ProblemCode][] = [
  ['malformed JSON', raw('{"positions":['), 400, 'malformed-json'],
  ['an empty body', raw(''), 400, 'malformed-json'],
  ['a body that is an array', raw('[]'), 400, 'invalid-request'],
  ['a body that is null', raw('null'), 400, 'invalid-request'],
  ['a prototype key', raw('{"__proto__":{"admin":true},"positions":[]}'), 400, 'malformed-json'],
  [
    'a body of another type',
    { ...raw('<x/>'), headers: { 'content-type': 'application/xml' } },
    415,
    'unsupported-media-type',
  ],
  ['a text body', { ...raw('x'), headers: { 'content-type': 'text/plain' } }, 415, 'unsupported-media-type'],
  ['an unknown symbol', book({ positions: [{ symbol: 'NOPEUSDT', quantity: 1 }] }), 422, 'unknown-symbol'],
  ['an unknown symbol in the path', { url: '/v1/var/NOPEUSDT' }, 404, 'unknown-symbol'],
  [
    'a symbol in small letters',
    book({ positions: [{ symbol: 'btcusdt', quantity: 1 }] }),
    400,
    'invalid-request',
  ],
  ['a symbol that is a path', { url: '/v1/var/..%2F..%2Fetc' }, 400, 'invalid-request'],
  ['a duplicate symbol', book({ positions: [...BOOK, ...BOOK] }), 422, 'duplicate-symbol'],
  ['a book of zeros', position({ quantity: 0 }), 422, 'invalid-book'],
  ['a zero as text', position({ quantity: '-0.000' }), 422, 'invalid-book'],
  ['an absurd quantity', position({ quantity: 1e300 }), 400, 'invalid-request'],
  ['an absurd quantity as text', position({ quantity: '9'.repeat(20) }), 422, 'invalid-book'],
  ['a quantity of 400 digits', position({ quantity: '9'.repeat(400) }), 400, 'invalid-request'],
  [
    'a quantity beyond double precision in JSON',
    raw('{"positions":[{"symbol":"BTCUSDT","quantity":1e999}]}'),
    400,
    'invalid-request',
  ],
  ['the text NaN', position({ quantity: 'NaN' }), 400, 'invalid-request'],
  ['the text Infinity', position({ quantity: '-Infinity' }), 400, 'invalid-request'],
  ['an exponent as text', position({ quantity: '1e5' }), 400, 'invalid-request'],
  ['hexadecimal text', position({ quantity: '0x10' }), 400, 'invalid-request'],
  ['a quantity of null', position({ quantity: null }), 400, 'invalid-request'],
  ['NaN in JSON', raw('{"positions":[{"symbol":"BTCUSDT","quantity":NaN}]}'), 400, 'malformed-json'],
  ['neither quantity nor notional', position({}), 422, 'invalid-book'],
  ['both quantity and notional', position({ quantity: 1, notional: 1 }), 422, 'invalid-book'],
  ['no positions', book({ positions: [] }), 400, 'invalid-request'],
  [
    '10,000 positions',
    book({ positions: Array.from({ length: 10_000 }, (_, i) => ({ symbol: `C${i}`, quantity: 1 })) }),
    400,
    'invalid-request',
  ],
  ['confidence 0', book({ confidence: [0] }), 400, 'invalid-request'],
  ['confidence 1', book({ confidence: [1] }), 400, 'invalid-request'],
  ['confidence 1.5', book({ confidence: [1.5] }), 400, 'invalid-request'],
  ['confidence as a number', book({ confidence: 0.99 }), 400, 'invalid-request'],
  ['confidence as text', book({ confidence: ['0.99'] }), 400, 'invalid-request'],
  ['confidence twice', book({ confidence: [0.99, 0.99] }), 400, 'invalid-request'],
  [
    'eleven confidences',
    book({ confidence: Array.from({ length: 11 }, (_, i) => 0.9 + i / 1_000) }),
    400,
    'invalid-request',
  ],
  ['confidence 1 in a query', { url: '/v1/var/BTCUSDT?confidence=1' }, 400, 'invalid-request'],
  ['confidence as words in a query', { url: '/v1/var/BTCUSDT?confidence=high' }, 400, 'invalid-request'],
  ['horizon PT0S', book({ horizon: ['PT0S'] }), 422, 'horizon-not-served'],
  ['horizon P1Y', book({ horizon: ['P1Y'] }), 422, 'horizon-not-served'],
  ['horizon P1M', book({ horizon: ['P1M'] }), 400, 'invalid-request'],
  ['horizon as a number', book({ horizon: [3600] }), 400, 'invalid-request'],
  ['a horizon in words', book({ horizon: ['one day'] }), 400, 'invalid-request'],
  ['one horizon written in two ways', book({ horizon: ['P1D', 'PT24H'] }), 400, 'invalid-request'],
  ['credible mass 1', book({ credibleMass: 1 }), 400, 'invalid-request'],
  ['an unknown method', book({ method: 'guess' }), 400, 'invalid-request'],
  ['a stress scenario as a method', book({ method: 'march-2020' }), 400, 'invalid-request'],
  ['two methods in a query', { url: '/v1/var/BTCUSDT?method=hist&method=stressed' }, 400, 'invalid-request'],
  ['a seed below zero', book({ seed: -1 }), 400, 'invalid-request'],
  ['a seed with a fraction', book({ seed: 0.5 }), 400, 'invalid-request'],
  ['an unknown field', book({ confidences: [0.99] }), 400, 'invalid-request'],
  ['an unknown field in a position', position({ quantity: 1, side: 'buy' }), 400, 'invalid-request'],
  ['an unknown field in a query', { url: '/v1/var/BTCUSDT?confidences=0.99' }, 400, 'invalid-request'],
  ['an oversized body', raw(`{"positions":"${'x'.repeat(1_100_000)}"}`), 413, 'body-too-large'],
  ['a path parameter without end', { url: `/v1/var/${'B'.repeat(500)}` }, 414, 'uri-too-long'],
  ['a broken percent sign', { url: '/v1/var/%E0%A4%A' }, 400, 'invalid-request'],
  ['no token', { ...book({}), headers: { authorization: '' } }, 401, 'unauthorized'],
  ['a wrong token', { ...book({}), headers: bearer('not-a-token-of-ours') }, 401, 'unauthorized'],
  ['another scheme', { ...book({}), headers: { authorization: `Basic ${FULL_TOKEN}` } }, 401, 'unauthorized'],
  ['a missing scope', { ...book({}), headers: bearer(AUDIT_TOKEN) }, 403, 'scope-missing'],
  ['an unknown path', { url: '/v2/var' }, 404, 'not-found'],
  ['an unknown path below /v1', { url: '/v1/nothing' }, 404, 'not-found'],
  ['an unknown method', { method: 'DELETE', url: '/v1/var' }, 405, 'method-not-allowed'],
  ['a GET where there is POST', { url: '/v1/var' }, 405, 'method-not-allowed'],
  ['a POST to a health path', { method: 'POST', url: '/health/live' }, 405, 'method-not-allowed'],
  ['a page size of zero', { url: '/v1/instruments?limit=0' }, 400, 'invalid-request'],
  ['a cursor of nobody', { url: '/v1/instruments?cursor=x' }, 400, 'invalid-request'],
  ['a bar interval of nobody', { url: '/v1/market-data/BTCUSDT/bars?interval=7m' }, 400, 'invalid-request'],
  [
    'a range that ends before it starts',
    { url: '/v1/market-data/BTCUSDT/bars?startMs=20&endMs=10' },
    400,
    'invalid-request',
  ],
  [
    'bars of a length that is not kept',
    { url: '/v1/market-data/BTCUSDT/bars?interval=4h' },
    422,
    'horizon-not-served',
  ],
  ['bars of an unknown symbol', { url: '/v1/market-data/NOPEUSDT/bars' }, 404, 'unknown-symbol'],
  [
    'the status of an unknown symbol',
    { url: '/v1/market-data/status?symbols=NOPEUSDT' },
    422,
    'unknown-symbol',
  ],
];

let context: Awaited<ReturnType<typeof testApp>>;
beforeAll(async () => {
  context = await testApp();
});
afterAll(() => context.app.close());

describe('bad input is answered with a problem, never with a 500', () => {
  it.each(TABLE)('%s', async (_name, request, status, code) => {
    const reply = await context.app.inject({
      ...request,
      headers: { ...bearer(FULL_TOKEN), 'x-request-id': 'table-1', ...request.headers },
    });
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(reply.json()).toMatchObject({
      type: `urn:bayesian-var:problem:${code}`,
      title: problems[code].title,
      status,
      code,
      requestId: 'table-1',
    });
    expect(reply.statusCode).toBe(status);
    expect(Array.isArray(reply.json().errors)).toBe(true);
    expect(reply.body.length).toBeLessThan(10_000);
  });

  it('points at the field that is wrong', async () => {
    const reply = await context.app.inject({
      method: 'POST',
      url: '/v1/var',
      headers: bearer(FULL_TOKEN),
      payload: { positions: BOOK, confidence: [0.99, 2], colour: 'blue' },
    });
    const paths = reply.json().errors.map(({ path }: { path: string }) => path);
    expect(paths).toContain('/confidence/1');
    expect(JSON.stringify(reply.json().errors)).toContain('colour');
  });

  it('says which methods a path knows, and how to authenticate', async () => {
    const wrong = await context.app.inject({ method: 'DELETE', url: '/v1/var' });
    expect(wrong.headers.allow).toBe('POST');
    const missing = await context.app.inject({ method: 'POST', url: '/v1/var', payload: {} });
    expect(missing.headers['www-authenticate']).toContain('Bearer');
  });
});
