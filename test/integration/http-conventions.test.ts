import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUDIT_TOKEN, bearer, FULL_TOKEN, READ_TOKEN, testApp } from '../support/http-app.ts';

const question = () => ({
  method: 'POST' as const,
  url: '/v1/var',
  headers: bearer(READ_TOKEN),
  payload: { positions: [{ symbol: 'BTCUSDT', quantity: '0.5' }] },
});

let context: Awaited<ReturnType<typeof testApp>>;
beforeAll(async () => {
  context = await testApp();
});
afterAll(() => context.app.close());

describe('conventions', () => {
  it('keeps a harmless X-Request-Id and replaces any other', async () => {
    const { app } = context;
    const ask = async (id: string) =>
      (await app.inject({ url: '/health/live', headers: { 'x-request-id': id } })).headers['x-request-id'];
    expect(await ask('order-17.a')).toBe('order-17.a');
    expect(await ask('a b<script>')).not.toContain('script');
    expect(await ask('x'.repeat(500))).toHaveLength(36);
  });

  it('tells the time of the calculation and of the whole', async () => {
    const reply = await context.app.inject(question());
    expect(reply.headers['server-timing']).toMatch(/^calc;dur=[\d.]+, total;dur=[\d.]+$/);
  });

  it('tells the caller of an answer that nothing could audit, posted, cached or not', async () => {
    let kept = true;
    const { app } = await testApp({}, { answers: async () => kept });
    const cached = { url: '/v1/var/BTCUSDT', headers: bearer(READ_TOKEN) };
    const reasons = async (request: object) => (await app.inject(request)).json().quality.reasons;
    expect(await reasons(question())).toEqual([]);
    kept = false;
    const told = ['nothing could keep the audit entry of this answer'];
    expect(await reasons(question())).toEqual(told);
    for (let ask = 0; ask < 2; ask++) expect(await reasons(cached)).toEqual(told);
    await app.close();
  });

  it('limits each caller by weight, tells what is left, and when to come back', async () => {
    const { app } = await testApp({ rateLimitPerSecond: 1 });
    const first = await app.inject(question());
    expect(first.headers['ratelimit-policy']).toBe('"caller";q=5;w=5');
    expect(first.headers.ratelimit).toMatch(/^"caller";r=3;t=\d$/);
    await app.inject(question());
    const refused = await app.inject(question());
    expect([refused.statusCode, refused.json().code]).toEqual([429, 'rate-limited']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const other = await app.inject({ ...question(), headers: bearer(FULL_TOKEN) });
    expect(other.statusCode).toBe(200);
    await app.close();
  });

  it('weighs a posted book by its size', async () => {
    const { app } = await testApp({ rateLimitPerSecond: 100 });
    const left = async (positions: number): Promise<number> => {
      const book = Array.from({ length: positions }, (_, i) => ({ symbol: `C${i}USDT`, quantity: 1 }));
      const reply = await app.inject({ ...question(), payload: { positions: book } });
      return Number(/r=(\d+)/.exec(String(reply.headers.ratelimit))?.[1]);
    };
    const before = await left(1);
    expect(before - (await left(300))).toBeGreaterThan(25);
    await app.close();
  });

  it('slows the guessing of tokens by address, and valid callers from there go on', async () => {
    const { app, metrics } = await testApp();
    const codes: number[] = [];
    for (let i = 0; i < 70; i++)
      codes.push((await app.inject({ ...question(), headers: bearer(`guess-${i}`) })).statusCode);
    expect(codes.slice(0, 60).every((code) => code === 401)).toBe(true);
    expect(codes.slice(65).every((code) => code === 429)).toBe(true);
    expect((await app.inject(question())).statusCode).toBe(200);
    expect(await metrics.registry.metrics()).toContain('bvar_auth_failures_total{reason="invalid"} 70');
    await app.close();
  });

  it('answers 504 when the engine takes too long, and cancels it', async () => {
    const { app, engine, metrics } = await testApp({ requestTimeoutMs: 100 });
    engine.delayMs = 400;
    const reply = await app.inject(question());
    expect([reply.statusCode, reply.json().code]).toEqual([504, 'timeout']);
    await app.close();
    expect(await metrics.registry.metrics()).toContain('code="504"} 1');
  });

  it('security headers are on every answer', async () => {
    for (const url of ['/health', '/nope', '/v1/var/BTCUSDT']) {
      const reply = await context.app.inject({ url });
      expect(reply.headers['x-content-type-options']).toBe('nosniff');
      expect(reply.headers['content-security-policy']).toContain("default-src 'none'");
    }
  });

  it('a token with another scope is told which one it lacks', async () => {
    const reply = await context.app.inject({ ...question(), headers: bearer(AUDIT_TOKEN) });
    expect(reply.headers['www-authenticate']).toContain('scope="read"');
  });
});

describe('health', () => {
  it('liveness knows nothing of dependencies, readiness does', async () => {
    const { app, engine } = await testApp();
    const healthy = engine.health();
    engine.health = () => ({ ...healthy, ready: false, started: false, status: 'failed' });
    const codes = await Promise.all(
      ['live', 'ready', 'startup', ''].map(
        async (name) => (await app.inject({ url: name === '' ? '/health' : `/health/${name}` })).statusCode,
      ),
    );
    expect(codes).toEqual([200, 503, 503, 503]);
    await app.close();
  });

  it('shows every check with its age', async () => {
    const health = (await context.app.inject({ url: '/health' })).json();
    expect(health).toMatchObject({ status: 'ok', ready: true, draining: false, provenance: 'synthetic' });
    expect(health.checks).toContainEqual({ name: 'model', status: 'ok', ageMs: 1_000, detail: 'v1' });
  });
});

describe('OpenAPI', () => {
  it('describes every route with a success and a problem answer', async () => {
    const document = (await context.app.inject({ url: '/openapi.json' })).json();
    expect(document.openapi).toBe('3.1.0');
    for (const path of [
      '/v1/var',
      '/v1/var/{symbol}',
      '/v1/instruments',
      '/v1/market-data/status',
      '/v1/market-data/{symbol}/bars',
    ])
      for (const operation of Object.values<{ responses: object; security: object }>(document.paths[path])) {
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['200', '4XX', '5XX']));
        expect(operation.security).toEqual([{ bearer: [] }]);
      }
  });

  it('the docs page loads nothing from elsewhere', async () => {
    const { app } = context;
    const page = await app.inject({ url: '/docs' });
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
    const assets = [...page.body.matchAll(/(?:src|href)="(\/docs\/static\/[^"]+)"/g)].map(
      (match) => match[1],
    );
    expect(assets.length).toBeGreaterThan(3);
    for (const url of assets) expect((await app.inject({ url: url as string })).statusCode).toBe(200);
  });
});
