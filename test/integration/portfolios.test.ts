import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '#engine/audit-verifier.ts';
import { conscienceApp } from '../support/conscience-app.ts';
import { bearer, READ_TOKEN } from '../support/http-app.ts';
import { type TempDir, tempDir } from '../support/temp-dir.ts';

const POSITIONS = [
  { symbol: 'BTCUSDT', quantity: '1.50' },
  { symbol: 'ETHUSDT', quantity: '-3' },
];

/** A limit far off. */
const WIDE = { metric: 'gross', max: '1000000000' };

describe('stored books over HTTP', () => {
  let dir: TempDir;
  let scene: Awaited<ReturnType<typeof conscienceApp>>;
  beforeAll(async () => {
    dir = tempDir('books');
    scene = await conscienceApp({ store: { dataDir: dir.path } });
  });
  afterAll(async () => {
    await scene.close();
    dir[Symbol.dispose]();
  });
  const make = async (positions: unknown = POSITIONS) =>
    (await scene.call('POST', '/portfolios', { name: 'main', positions })).body as {
      id: string;
      rev: number;
    };

  it('are made, read and listed with decimals as text and the revision as tag', async () => {
    const made = await scene.call('POST', '/portfolios', { name: 'main', positions: POSITIONS });
    expect(made.status).toBe(201);
    expect(made.headers).toMatchObject({ etag: '"1"', location: `/v1/portfolios/${made.body.id}` });
    expect(made.body.positions).toEqual([
      { symbol: 'BTCUSDT', quantity: '1.5' },
      { symbol: 'ETHUSDT', quantity: '-3' },
    ]);
    expect((await scene.call('GET', `/portfolios/${made.body.id}`)).body).toEqual(made.body);
    const pages = [];
    for (let url = '/portfolios?limit=1'; ; ) {
      const page = (await scene.call('GET', url)).body as { items: { id: string }[]; nextCursor?: string };
      pages.push(...page.items);
      if (page.nextCursor === undefined) break;
      url = `/portfolios?limit=1&cursor=${page.nextCursor}`;
    }
    expect(pages.map(({ id }) => id)).toContain(made.body.id);
  });

  it('change only under the revision that was seen', async () => {
    const { id } = await make();
    const body = { positions: [{ symbol: 'SOLUSDT', quantity: 2 }] };
    const url = `/portfolios/${id}/positions`;
    expect(await scene.call('PUT', url, body)).toMatchObject({
      status: 428,
      body: { code: 'precondition-required' },
    });
    expect(await scene.call('PUT', url, body, { 'if-match': '"9"' })).toMatchObject({ status: 412 });
    expect(await scene.call('PUT', url, body, { 'if-match': '"1"' })).toMatchObject({
      status: 200,
      body: { rev: 2, positions: [{ symbol: 'SOLUSDT', quantity: '2' }] },
    });
    const patch = {
      positions: [
        { symbol: 'BTCUSDT', quantity: '0.1' },
        { symbol: 'SOLUSDT', quantity: '0' },
      ],
    };
    expect(await scene.call('PATCH', url, patch, { 'if-match': '"2"' })).toMatchObject({
      body: { rev: 3, positions: [{ symbol: 'BTCUSDT', quantity: '0.1' }] },
    });
    expect((await scene.call('DELETE', `/portfolios/${id}`, undefined, { 'if-match': '"2"' })).status).toBe(
      412,
    );
    expect((await scene.call('DELETE', `/portfolios/${id}`)).status).toBe(204);
    expect((await scene.call('GET', `/portfolios/${id}`)).status).toBe(404);
  });

  it.each([
    [
      'an unknown symbol',
      { name: 'n', positions: [{ symbol: 'NOPEUSDT', quantity: '1' }] },
      422,
      'unknown-symbol',
    ],
    ['a symbol twice', { name: 'n', positions: [POSITIONS[0], POSITIONS[0]] }, 422, 'duplicate-symbol'],
    [
      'a quantity that is no decimal',
      { name: 'n', positions: [{ symbol: 'BTCUSDT', quantity: '1e5' }] },
      400,
      'invalid-request',
    ],
    ['an unknown field', { name: 'n', positions: [], more: 1 }, 400, 'invalid-request'],
    ['another currency', { name: 'n', currency: 'EUR', positions: [] }, 422, 'invalid-book'],
  ])('refuse %s', async (_name, body, status, code) => {
    expect(await scene.call('POST', '/portfolios', body)).toMatchObject({ status, body: { code } });
  });

  it('need the write scope to change', async () => {
    const body = { name: 'n', positions: [] };
    expect(await scene.call('POST', '/portfolios', body, bearer(READ_TOKEN))).toMatchObject({ status: 403 });
  });

  it('are created once under one idempotency key', async () => {
    const send = (name: string) =>
      scene.call('POST', '/portfolios', { name, positions: [] }, { 'idempotency-key': 'key-1' });
    const first = await send('once');
    const second = await send('once');
    expect(second.body).toEqual(first.body);
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect(await send('other')).toMatchObject({ status: 422, body: { code: 'idempotency-mismatch' } });
    const crowd = await Promise.all(
      Array.from({ length: 8 }, () =>
        scene.call('POST', '/portfolios', { name: 'crowd', positions: [] }, { 'idempotency-key': 'key-2' }),
      ),
    );
    const ids = new Set(crowd.filter(({ status }) => status === 201).map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    expect(crowd.every(({ status }) => status === 201 || status === 409)).toBe(true);
  });

  it('are valued like the same book sent whole, and their components sum', async () => {
    const { id } = await make();
    const stored = (await scene.call('GET', `/portfolios/${id}/var?confidence=0.99&horizon=P1D`)).body;
    const sent = (
      await scene.call('POST', '/var', { positions: POSITIONS, confidence: [0.99], horizon: ['P1D'] })
    ).body;
    expect(stored.results).toEqual(sent.results);
    expect(stored).toMatchObject({ portfolioId: id, rev: 1, compliance: { verdict: 'unknown' } });
    const parts = (await scene.call('GET', `/portfolios/${id}/contributions?confidence=0.99`)).body
      .results[0];
    const sum = parts.items.reduce(
      (total: number, { componentVar }: { componentVar: number }) => total + componentVar,
      0,
    );
    expect(sum).toBeCloseTo(parts.var, 6);
    const empty = await make([]);
    expect(await scene.call('GET', `/portfolios/${empty.id}/var`)).toMatchObject({ status: 422 });
  });

  it('tell what a trade would change without storing it', async () => {
    const { id } = await make();
    const trades = [
      { symbol: 'BTCUSDT', quantity: '-1.5' },
      { symbol: 'ETHUSDT', quantity: '3' },
    ];
    const flat = (await scene.call('POST', `/portfolios/${id}/what-if`, { trades })).body;
    expect(flat.after).toMatchObject({ value: 0, grossExposure: 0 });
    expect(flat.incremental[0].var).toBeCloseTo(-flat.before.results[0].var.estimate, 9);
    expect((await scene.call('GET', `/portfolios/${id}`)).body.rev).toBe(1);
  });

  it('say on what every figure stands: data, model, quality and lineage', async () => {
    const { id } = await make();
    await scene.call('PUT', `/portfolios/${id}/limits`, { limits: [WIDE] }, { 'if-match': '"1"' });
    const trade = { symbol: 'BTCUSDT', quantity: '0.1' };
    const flat = { symbol: 'BTCUSDT', quantity: '-1.5' };
    const body = async (...call: Parameters<typeof scene.call>) => (await scene.call(...call)).body;
    const whatIf = await body('POST', `/portfolios/${id}/what-if`, { trades: [trade] });
    const standing = {
      dataAsOfMs: 1_699_999_999_960,
      provenance: 'synthetic',
      quality: { status: 'fresh', maxAgeMs: 40 },
      model: { version: 'v1' },
      lineageId: 'fake-v1',
      compliance: { verdict: 'unknown' },
    };
    for (const answer of [
      await body('GET', `/portfolios/${id}/var`),
      await body('GET', `/portfolios/${id}/contributions`),
      await body('GET', `/portfolios/${id}/var/explain`),
      await body('GET', `/portfolios/${id}/limits`),
      await body('POST', '/pre-trade/check', { portfolioId: id, trade }),
      whatIf.before,
      whatIf.after,
    ])
      expect(answer).toMatchObject(standing);
    const stress = await body('POST', `/portfolios/${id}/stress`, { shocks: [{ pct: -1 }] });
    expect(stress).toMatchObject({ provenance: 'synthetic', maxAgeMs: 40 });
    const closing = [flat, { symbol: 'ETHUSDT', quantity: '3' }];
    const closed = await body('POST', `/portfolios/${id}/what-if`, { trades: closing });
    expect(closed.after).not.toHaveProperty('quality');
  });

  it('let no trade pass without a warning on data that are not fresh', async () => {
    const { id } = await make();
    await scene.call('PUT', `/portfolios/${id}/limits`, { limits: [WIDE] }, { 'if-match': '"1"' });
    const check = async () =>
      (await scene.call('POST', '/pre-trade/check', { portfolioId: id, trade: POSITIONS[0] })).body;
    expect(await check()).toMatchObject({ decision: 'allow', reasons: [] });
    scene.fake.data = 'stale';
    try {
      expect(await check()).toMatchObject({ decision: 'warn', reasons: ['data: stale'] });
    } finally {
      scene.fake.data = 'fresh';
    }
  });

  it('are stressed linearly, with a shock for all and shocks of their own', async () => {
    const { id } = await make();
    const shocks = [{ pct: -10 }, { symbol: 'ETHUSDT', pct: 50 }];
    const stress = (await scene.call('POST', `/portfolios/${id}/stress`, { shocks })).body;
    expect(stress.pnl).toBeCloseTo(1.5 * 60_000 * -0.1 - 3 * 3_000 * 0.5, 6);
    expect(stress.stressedValue).toBeCloseTo(stress.value + stress.pnl, 6);
  });

  it('are stressed by a day that happened, and told of one that is not known or of no shock at all', async () => {
    const { id } = await make();
    const url = `/portfolios/${id}/stress`;
    const day = (await scene.call('POST', url, { scenario: 'march-2020' })).body;
    expect(day.items[0]).toMatchObject({ symbol: 'BTCUSDT', pct: -39.5 });
    const own = { scenario: 'march-2020', shocks: [{ symbol: 'BTCUSDT', pct: 5 }] };
    expect((await scene.call('POST', url, own)).body.items[0]).toMatchObject({ pct: 5 });
    expect((await scene.call('POST', url, { scenario: 'the-flood' })).status).toBe(400);
    expect((await scene.call('POST', url, {})).status).toBe(400);
  });

  it('have limits that warn, breach, stay latched until acknowledged, and stop trades', async () => {
    const { id } = await make();
    const url = `/portfolios/${id}/limits`;
    const limits = [
      { metric: 'gross', max: '100000', warnAt: 0.9 },
      { metric: 'var', max: '1' },
    ];
    const set = (await scene.call('PUT', url, { limits }, { 'if-match': '"1"' })).body;
    expect(set).toMatchObject({ rev: 2 });
    const seen = (await scene.call('GET', url)).body;
    expect(seen.limits.map(({ state }: { state: string }) => state)).toEqual(['warn', 'breach']);
    expect((await scene.call('GET', url)).body.limits[1].state).toBe('latched');
    const check = (quantity: string) =>
      scene.call('POST', '/pre-trade/check', { portfolioId: id, trade: { symbol: 'BTCUSDT', quantity } });
    expect((await check('-1.4')).body.decision).toBe('deny');
    const loose = [{ metric: 'gross', max: '100000', warnAt: 0.9 }];
    const rev = (await scene.call('GET', `/portfolios/${id}`)).body.rev;
    await scene.call('PUT', url, { limits: loose }, { 'if-match': `"${rev}"` });
    expect((await check('-1')).body.decision).toBe('allow');
    expect((await check('-0.1')).body.decision).toBe('warn');
    expect((await check('1')).body).toMatchObject({ decision: 'deny', reasons: ['gross at 0.99: breach'] });
  });

  it('acknowledge a breach by name', async () => {
    const { id } = await make();
    const url = `/portfolios/${id}/limits`;
    await scene.call('PUT', url, { limits: [{ metric: 'es', max: '1' }] }, { 'if-match': '"1"' });
    const breach = (await scene.call('GET', url)).body;
    const headers = { 'if-match': `"${breach.rev}"` };
    const ack = await scene.call('POST', `${url}/${breach.limits[0].id}/ack`, undefined, headers);
    expect(ack).toMatchObject({ status: 200, body: { rev: breach.rev + 1 } });
    expect(ack.body.limits[0].state).not.toBe('latched');
  });

  it('keep a history of points', async () => {
    const { id } = await make();
    expect(await scene.recorder.record()).toBeGreaterThan(0);
    const window = 'startMs=1699999999000&endMs=1700000001000';
    const { items } = (await scene.call('GET', `/portfolios/${id}/var/history?${window}`)).body;
    expect(items).toMatchObject([{ rev: 1, value: 81_000, modelVersion: 'v1' }]);
  });

  it('tell why their VaR is not what it was: the trade that was made since', async () => {
    const { id } = await make();
    await scene.recorder.record();
    const url = `/portfolios/${id}/var/explain?confidence=0.99&sinceMs=1699999999000`;
    const before = (await scene.call('GET', url)).body;
    expect(before.change).toMatchObject({ total: 0, position: 0, data: 0, points: 2 });
    const more = { positions: [{ symbol: 'BTCUSDT', quantity: '3' }] };
    await scene.call('PATCH', `/portfolios/${id}/positions`, more, { 'if-match': '"1"' });
    const { change, var: now, rev } = (await scene.call('GET', url)).body;
    expect(change.total).toBeGreaterThan(0);
    expect(change).toMatchObject({ to: now.estimate, position: change.total, data: 0, model: 0, mixed: 0 });
    expect(rev).toBe(2);
  });

  it('refuse changes of the exchange account`s book, which the service keeps itself', async () => {
    const positions = [{ symbol: 'BTCUSDT', quantity: '1' }];
    const caller = { actor: 'account-sync', requestId: 'account-sync' };
    await scene.books.create(
      { id: 'account', name: 'Exchange account', currency: 'USDT', positions },
      caller,
    );
    for (const method of ['PUT', 'PATCH'])
      expect(
        await scene.call(method, '/portfolios/account/positions', { positions: [] }, { 'if-match': '"1"' }),
      ).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await scene.call('GET', '/portfolios/account')).body).toMatchObject({ rev: 1, positions });
    expect((await scene.call('GET', '/portfolios/account/var')).status).toBe(200);
  });

  it('leave an audit trail that verifies and shows no quantity', async () => {
    const { id } = await make([{ symbol: 'BTCUSDT', quantity: '7654321.125' }]);
    const { items } = (await scene.call('GET', `/audit?subject=${id}`)).body;
    expect(
      items.map(({ action, outcome }: { action: string; outcome: string }) => `${action} ${outcome}`),
    ).toEqual(['portfolio.create ok', 'portfolio.create requested']);
    expect(JSON.stringify(items)).not.toContain('7654321');
    expect((await verifyAudit(scene.store.audit)).ok).toBe(true);
  });
});
