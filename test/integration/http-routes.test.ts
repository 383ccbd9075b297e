import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type FailureReason, failure } from '../../src/domain/failure.ts';
import { bearer, READ_TOKEN, testApp } from '../support/http-app.ts';

const headers = bearer(READ_TOKEN);
const question = (over: object = {}) => ({
  method: 'POST' as const,
  url: '/v1/var',
  headers,
  payload: {
    positions: [
      { symbol: 'BTCUSDT', quantity: '0.5' },
      { symbol: 'ETHUSDT', quantity: -2 },
      { symbol: 'SOLUSDT', notional: '1500.50' },
    ],
    ...over,
  },
});

let context: Awaited<ReturnType<typeof testApp>>;
beforeAll(async () => {
  context = await testApp();
});
afterEach(() => {
  context.engine.fail = undefined;
});
afterAll(() => context.app.close());

describe('POST /v1/var', () => {
  it('answers every horizon and level, horizons as they were written', async () => {
    const { app } = context;
    const reply = await app.inject(question({ confidence: [0.95, 0.99], horizon: ['PT60M', 'P1D'] }));
    expect(reply.statusCode).toBe(200);
    const answer = reply.json();
    expect(
      answer.results.map((r: { horizon: string; confidence: number }) => [r.horizon, r.confidence]),
    ).toEqual([
      ['PT60M', 0.95],
      ['PT60M', 0.99],
      ['P1D', 0.95],
      ['P1D', 0.99],
    ]);
    expect(Object.keys(answer)).toEqual([
      'requestId',
      'asOfMs',
      'dataAsOfMs',
      'currency',
      'value',
      'grossExposure',
      'results',
      'method',
      'credibleMass',
      'seed',
      'model',
      'provenance',
      'quality',
      'lineageId',
      'calcUs',
    ]);
    expect(answer.value).toBeCloseTo(30_000 - 6_000 + 1_500.5, 9);
    for (const { var: value, es } of answer.results) {
      expect(value.lower).toBeLessThanOrEqual(value.estimate);
      expect(value.estimate).toBeLessThanOrEqual(value.upper);
      expect(es.estimate).toBeGreaterThanOrEqual(value.estimate);
    }
  });

  it('gives contributions only when they are asked for', async () => {
    const { app } = context;
    const without = (await app.inject(question())).json().results[0];
    const withThem = (await app.inject(question({ contributions: true }))).json().results[0];
    expect(without.contributions).toBeUndefined();
    const total = withThem.contributions.reduce(
      (sum: number, c: { componentVar: number }) => sum + c.componentVar,
      0,
    );
    expect(total).toBeCloseTo(withThem.var.estimate, 6);
  });

  it('accepts a zero position among others', async () => {
    const reply = await context.app.inject(
      question({
        positions: [
          { symbol: 'BTCUSDT', quantity: 1 },
          { symbol: 'ETHUSDT', quantity: '0' },
        ],
      }),
    );
    expect(reply.statusCode).toBe(200);
  });

  it.each<[FailureReason, number]>([
    ['unknown-symbol', 422],
    ['insufficient-history', 503],
    ['stale-data', 503],
    ['not-ready', 503],
    ['horizon-not-served', 422],
    ['invalid-book', 422],
    ['numerical', 500],
    ['timeout', 504],
    ['overloaded', 503],
    ['refused-by-directive', 409],
  ])('turns the refusal %s of the engine into %d', async (reason, status) => {
    context.engine.fail = () => failure(reason, `because ${reason}`);
    const reply = await context.app.inject(question());
    expect(reply.statusCode).toBe(status);
    expect(reply.json()).toMatchObject({ code: reason, detail: `because ${reason}` });
  });

  it('hides what went wrong inside when the engine throws', async () => {
    context.engine.fail = () => {
      throw new RangeError('Invariant: secret inner state');
    };
    const reply = await context.app.inject(question());
    expect(reply.statusCode).toBe(500);
    expect(reply.json().code).toBe('internal-error');
    expect(reply.body).not.toContain('inner state');
  });

  it('counts calculations by method, level and result', async () => {
    const { app, metrics } = await testApp();
    await app.inject(question({ confidence: [0.99, 0.97] }));
    await app.inject(question({ horizon: ['P20D'] }));
    const page = await metrics.registry.metrics();
    expect(page).toContain('bvar_var_calculations_total{method="bayes",confidence="0.99",result="ok"} 1');
    expect(page).toContain('bvar_var_calculations_total{method="bayes",confidence="other",result="ok"} 1');
    expect(page).toContain('result="client"} 1');
    expect(page).toContain('bvar_slo_events_total{slo="var-errors",outcome="good"} 1');
    expect(page).toContain('bvar_slo_events_total{slo="var-latency",outcome="good"} 1');
    expect(page).toContain('bvar_slo_events_total{slo="var-availability",outcome="bad"} 0');
    expect(page).toContain('bvar_http_requests_total{route="/v1/var",method="POST",code="200"} 1');
    expect(page).toContain('bvar_http_requests_in_flight 0');
    await app.close();
  });
});

describe('GET /v1/var/{symbol}', () => {
  const url = '/v1/var/BTCUSDT?confidence=0.95,0.99&horizon=PT1H&horizon=P1D&contributions=true';

  it('answers 304 while revision and quality stand, and a new tag when they change', async () => {
    const { app, engine } = context;
    const first = await app.inject({ url, headers });
    expect(first.json().results).toHaveLength(4);
    const etag = String(first.headers.etag);
    const again = await app.inject({ url, headers: { ...headers, 'if-none-match': etag } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect(again.headers['content-length']).toBeUndefined();
    engine.version++;
    const changed = await app.inject({ url, headers: { ...headers, 'if-none-match': etag } });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers.etag).not.toBe(etag);
  });

  it('computes once for many callers and gives each its own request id', async () => {
    const { app, engine } = await testApp();
    const replies = await Promise.all(
      ['a', 'b', 'c'].map((id) => app.inject({ url, headers: { ...headers, 'x-request-id': id } })),
    );
    expect(engine.calls()).toBe(1);
    expect(replies.map((reply) => reply.json().requestId)).toEqual(['a', 'b', 'c']);
    await app.close();
  });
});

describe('market data', () => {
  it('pages instruments without holes, prices as decimal strings', async () => {
    const { app } = context;
    const first = (await app.inject({ url: '/v1/instruments?limit=2', headers })).json();
    const second = (
      await app.inject({ url: `/v1/instruments?limit=2&cursor=${first.nextCursor}`, headers })
    ).json();
    const symbols = [...first.items, ...second.items].map(({ symbol }: { symbol: string }) => symbol);
    expect(symbols).toEqual(['BTCUSDT', 'ETHUSDT', 'SOLUSDT']);
    expect(first.items[0].lastPrice).toBe('60000');
    expect(second.nextCursor).toBeUndefined();
  });

  it('pages bars without holes or doubles', async () => {
    const { app } = context;
    const endMs = 1_700_000_000_000;
    const opens: number[] = [];
    let cursor: string | undefined;
    do {
      const page = cursor === undefined ? '' : `&cursor=${cursor}`;
      const url = `/v1/market-data/BTCUSDT/bars?interval=1h&startMs=${endMs - 10 * 3_600_000}&endMs=${endMs}&limit=3${page}`;
      const reply = (await app.inject({ url, headers })).json();
      opens.push(...reply.items.map(({ openMs }: { openMs: number }) => openMs));
      expect(reply.items[0].close).toBe('60000');
      cursor = reply.nextCursor;
    } while (cursor !== undefined);
    expect(opens).toHaveLength(10);
    for (const [i, open] of opens.entries())
      if (i > 0) expect(open - (opens[i - 1] as number)).toBe(3_600_000);
  });

  it('tells freshness per symbol, and the time', async () => {
    const { app } = context;
    const status = (
      await app.inject({ url: '/v1/market-data/status?symbols=ETHUSDT,BTCUSDT', headers })
    ).json();
    expect(status.items.map(({ symbol }: { symbol: string }) => symbol)).toEqual(['ETHUSDT', 'BTCUSDT']);
    expect((await app.inject({ url: '/v1/time', headers })).json().serverTimeMs).toBeTypeOf('number');
  });
});
