/** The HTTP application over a real SQLite store with audit, tokens, books and compliance, on a fake engine. */
import { PRIME_DIRECTIVE } from '#domain/compliance/rules.ts';
import { createAuditDesk } from '#engine/audit-desk.ts';
import { AuditLog } from '#engine/audit-log.ts';
import { createComplianceDesk } from '#engine/compliance-desk.ts';
import { underDirective } from '#engine/compliance-enforcement.ts';
import { ComplianceMonitor, type EvidenceSource } from '#engine/compliance-monitor.ts';
import { createPortfolioBooks } from '#engine/portfolio-books.ts';
import { createPortfolioRecorder } from '#engine/portfolio-recorder.ts';
import { createTokenKeeper } from '#engine/token-keeper.ts';
import { auditRoutes } from '#http/routes/audit.ts';
import { complianceRoutes } from '#http/routes/compliance.ts';
import { portfolioExplainRoutes } from '#http/routes/portfolio-explain.ts';
import { portfolioLimitRoutes } from '#http/routes/portfolio-limits.ts';
import { portfolioRiskRoutes } from '#http/routes/portfolio-risk.ts';
import { portfolioRoutes } from '#http/routes/portfolios.ts';
import { tokenRoutes } from '#http/routes/tokens.ts';
import { ALL_SCOPES, combineTokens, createStaticTokens } from '#http/tokens.ts';
import { openStore, type StoreOptions } from '#store/open-store.ts';
import { createFakeRiskEngine } from './fake-risk-engine.ts';
import { AUDIT_TOKEN, bearer, FULL_TOKEN, READ_TOKEN, testApp } from './http-app.ts';

export interface ConscienceOptions {
  readonly store: StoreOptions;
  readonly sources?: Partial<Record<(typeof PRIME_DIRECTIVE)[number]['id'], EvidenceSource>>;
  readonly enforce?: boolean;
}

export async function conscienceApp({
  store: storeOptions,
  sources = {},
  enforce = false,
}: ConscienceOptions) {
  const store = await openStore(storeOptions);
  const audit = new AuditLog({ entries: store.audit, chain: 'replica-1', lingerMs: 0 });
  const fake = createFakeRiskEngine();
  const monitor = new ComplianceMonitor({
    rules: PRIME_DIRECTIVE,
    sources,
    results: store.compliance,
    trail: audit,
    instance: 'replica-1',
    enforce,
  });
  const engine = underDirective(fake, monitor);
  const keeper = createTokenKeeper({ tokens: store.tokens, trail: audit, freshMs: 0 });
  const books = createPortfolioBooks({ portfolios: store.portfolios, trail: audit });
  const recorder = createPortfolioRecorder({ books, points: store.riskPoints, engine, everyMs: 0 });
  const fixed = createStaticTokens([
    { id: 'full', scopes: ALL_SCOPES, token: FULL_TOKEN },
    { id: 'reader', scopes: ['read'], token: READ_TOKEN },
    { id: 'auditor', scopes: ['audit'], token: AUDIT_TOKEN },
  ]);
  const { app, metrics } = await testApp(
    {},
    {
      engine,
      tokens: combineTokens(fixed, keeper),
      idempotency: store.idempotency,
      routes: [
        async (guarded, { valuation }) => {
          await guarded.register(tokenRoutes, { tokens: keeper });
          await guarded.register(auditRoutes, { desk: createAuditDesk(store.audit, audit) });
          await guarded.register(complianceRoutes, { desk: createComplianceDesk(monitor, store.compliance) });
          await guarded.register(portfolioRoutes, { books, engine, currency: 'USDT' });
          await guarded.register(portfolioRiskRoutes, {
            books,
            recorder,
            engine,
            valuation,
            currency: 'USDT',
          });
          await guarded.register(portfolioExplainRoutes, {
            books,
            recorder,
            valuation,
            models: { slots: [], installedVersion: () => undefined },
            currency: 'USDT',
          });
          await guarded.register(portfolioLimitRoutes, { books, engine, valuation });
        },
      ],
    },
  );

  async function call(method: string, url: string, body?: unknown, headers: Record<string, string> = {}) {
    const reply = await app.inject({
      method: method as 'GET',
      url: `/v1${url}`,
      headers: { ...bearer(FULL_TOKEN), ...headers },
      ...(body !== undefined && { payload: body as object }),
    });
    return {
      status: reply.statusCode,
      headers: reply.headers,
      body: reply.body === '' ? undefined : reply.json(),
    };
  }

  return {
    app,
    store,
    audit,
    monitor,
    metrics,
    fake,
    recorder,
    books,
    call,
    async close() {
      await app.close();
      await monitor.close();
      await recorder.close();
      await audit.close();
      await store.close();
    },
  };
}
