import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conscienceApp } from '../../support/conscience-app.ts';
import { AUDIT_TOKEN, bearer, READ_TOKEN } from '../../support/http-app.ts';
import { type TempDir, tempDir } from '../../support/temp-dir.ts';

describe('tokens and audit over HTTP', () => {
  let dir: TempDir;
  let scene: Awaited<ReturnType<typeof conscienceApp>>;
  beforeAll(async () => {
    dir = tempDir('audit-api');
    scene = await conscienceApp({ store: { dataDir: dir.path } });
  });
  afterAll(async () => {
    await scene.close();
    dir[Symbol.dispose]();
  });

  it('a token works from its making to its revocation, and is shown once', async () => {
    const made = await scene.call('POST', '/tokens', { name: 'ci', scopes: ['read'], ttlS: 3600 });
    expect(made.status).toBe(201);
    const { token, id } = made.body;
    const asCi = () => scene.call('GET', '/instruments', undefined, bearer(token));
    expect((await asCi()).status).toBe(200);
    expect(await scene.call('GET', '/tokens', undefined, bearer(token))).toMatchObject({ status: 403 });
    const list = await scene.call('GET', '/tokens');
    expect(list.body.items.find((each: { id: string }) => each.id === id)).toMatchObject({
      status: 'active',
    });
    expect(JSON.stringify(list.body)).not.toContain(token);
    expect((await scene.call('DELETE', `/tokens/${id}`)).status).toBe(204);
    expect((await asCi()).status).toBe(401);
    expect((await scene.call('DELETE', `/tokens/${id}`)).status).toBe(404);
  });

  it('nobody gives scopes away that it lacks', async () => {
    const made = await scene.call('POST', '/tokens', { name: 'admin', scopes: ['admin'] });
    const escalate = { name: 'more', scopes: ['audit'] };
    expect(await scene.call('POST', '/tokens', escalate, bearer(made.body.token))).toMatchObject({
      status: 403,
    });
  });

  it('the log needs the audit scope, names the request, and pages without a repeat', async () => {
    await scene.call('POST', '/tokens', { name: 'named', scopes: ['read'] }, { 'x-request-id': 'trace-me' });
    expect((await scene.call('GET', '/audit', undefined, bearer(READ_TOKEN))).status).toBe(403);
    const found = await scene.call('GET', '/audit?correlationId=trace-me', undefined, bearer(AUDIT_TOKEN));
    expect(found.body.items).toMatchObject([
      { action: 'token.create', outcome: 'ok', actor: 'token:full' },
      { action: 'token.create', outcome: 'requested' },
    ]);
    const all = (await scene.call('GET', '/audit?limit=1000')).body.items as { hash: string }[];
    const paged: { hash: string }[] = [];
    for (let url = '/audit?limit=3'; ; ) {
      const page = (await scene.call('GET', url)).body as { items: { hash: string }[]; nextCursor?: string };
      paged.push(...page.items);
      if (page.nextCursor === undefined) break;
      url = `/audit?limit=3&cursor=${page.nextCursor}`;
    }
    expect(paged.map(({ hash }) => hash)).toEqual(all.map(({ hash }) => hash));
  });

  it('verifies itself, in whole and in part', async () => {
    const whole = await scene.call('GET', '/audit/verify');
    expect(whole.body).toMatchObject({ ok: true, chains: [{ chain: 'replica-1', fromSeq: 0 }] });
    expect(await scene.call('GET', '/audit/verify?chain=nobody')).toMatchObject({ status: 404 });
    const part = await scene.call('GET', '/audit/verify?chain=replica-1&fromSeq=1&toSeq=2');
    expect(part.body).toMatchObject({ ok: true, entries: 2 });
  });
});

describe('compliance over HTTP', () => {
  it('shows status, rules, violations and a report; enforcement refuses VaR with its reason', async () => {
    using dir = tempDir('compliance-api');
    let real = 1;
    const measured = (value: () => number) => (atMs: number) => ({
      measured: value(),
      atMs,
      samples: 1_000,
      objections: [],
      facts: { from: 'test' },
    });
    const scene = await conscienceApp({
      store: { dataDir: dir.path },
      enforce: true,
      sources: { 'real-data': measured(() => real), 'error-rate': measured(() => 0) },
    });
    const value = () => scene.call('POST', '/var', { positions: [{ symbol: 'BTCUSDT', quantity: 1 }] });
    await scene.monitor.evaluate();
    expect((await value()).status).toBe(200);
    real = 0.5;
    await scene.monitor.evaluate();
    expect(await value()).toMatchObject({ status: 409, body: { code: 'refused-by-directive' } });
    expect((await scene.call('GET', '/compliance/status')).body).toMatchObject({
      verdict: 'fail',
      enforced: true,
      executiveEscalation: true,
    });
    expect((await scene.call('GET', '/compliance/rules')).body.items).toHaveLength(7);
    const violations = (await scene.call('GET', '/compliance/violations')).body.items;
    expect(violations).toMatchObject([
      { rule: 'real-data', from: 'pass', to: 'fail', actual: 0.5, escalated: true },
    ]);
    const report = (await scene.call('GET', '/compliance/report')).body;
    for (const rule of report.rules) expect(rule.pass + rule.fail + rule.unknown).toBeCloseTo(1, 9);
    expect(report.rules.find(({ rule }: { rule: string }) => rule === 'availability').unknown).toBe(1);
    const audit = (await scene.call('GET', '/audit?action=compliance.violated')).body.items;
    expect(audit).toMatchObject([{ subject: 'real-data' }]);
    await scene.close();
  });
});
