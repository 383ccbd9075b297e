/**
 * What the service remembers and proves: audited answers, stored books and their history, tokens, the routes
 * over them, anchors between replicas, and the store's housekeeping.
 * Flow: start-service -> here -> engine, http routes.
 */
import type { Config } from '#config/load-config.ts';
import { startAnchoring } from '#engine/audit-anchor.ts';
import { AnswerAudit, type LineageSource } from '#engine/audit-answers.ts';
import { createAuditDesk } from '#engine/audit-desk.ts';
import type { AuditLog } from '#engine/audit-log.ts';
import { createBacktestJobs } from '#engine/backtest-jobs.ts';
import { createComplianceDesk } from '#engine/compliance-desk.ts';
import type { ComplianceMonitor } from '#engine/compliance-monitor.ts';
import type { ModelMachine } from '#engine/model-machine.ts';
import { createPortfolioBooks, type PortfolioBooks } from '#engine/portfolio-books.ts';
import { createPortfolioRecorder } from '#engine/portfolio-recorder.ts';
import type { RiskEngine } from '#engine/risk-engine.ts';
import { startStoreKeeper } from '#engine/store-keeper.ts';
import { createTokenKeeper } from '#engine/token-keeper.ts';
import type { RoutePlugin } from '#http/app.ts';
import { auditRoutes } from '#http/routes/audit.ts';
import { backtestRoutes } from '#http/routes/backtests.ts';
import { complianceRoutes } from '#http/routes/compliance.ts';
import { portfolioExplainRoutes } from '#http/routes/portfolio-explain.ts';
import { portfolioLimitRoutes } from '#http/routes/portfolio-limits.ts';
import { portfolioRiskRoutes } from '#http/routes/portfolio-risk.ts';
import { portfolioRoutes } from '#http/routes/portfolios.ts';
import { tokenRoutes } from '#http/routes/tokens.ts';
import type { TokenAuthority } from '#http/tokens.ts';
import type { AnswerRecorder } from '#http/valuation.ts';
import type { RetentionPolicy } from '#store/ports/retention.ts';
import type { Store } from '#store/ports/store.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export interface RecordKeepingParts {
  readonly config: Config;
  readonly instanceId: string;
  readonly store: Store;
  readonly audit: AuditLog;
  readonly monitor: ComplianceMonitor;
  readonly engine: RiskEngine;
  readonly models: ModelMachine;
  readonly lineage: LineageSource;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface RecordKeeping {
  readonly books: PortfolioBooks;
  readonly routes: RoutePlugin;
  readonly tokens: TokenAuthority;
  readonly answers: AnswerRecorder;
  /** Everything that runs by itself; the audit log and the store must close after it. */
  close(): Promise<void>;
}

const ANCHOR_MS = 60_000;
const RECORD_BOOKS_MS = 300_000;
/** Backtests run one at a time on one thread, so that they never crowd out answers. */
const BACKTESTS = { threads: 1, queueLimit: 8 } as const;

export function buildRecordKeeping(parts: RecordKeepingParts): RecordKeeping {
  const { config, instanceId, store, audit, monitor, engine, models, logger, metrics } = parts;
  const currency = config.market.accountCurrency;
  const tokens = createTokenKeeper({ tokens: store.tokens, trail: audit });
  const books = createPortfolioBooks({ portfolios: store.portfolios, trail: audit });
  const recorder = createPortfolioRecorder({
    books,
    points: store.riskPoints,
    engine,
    everyMs: RECORD_BOOKS_MS,
  });
  const answers = new AnswerAudit({
    trail: audit,
    share: config.compliance.auditSampleRatio,
    lineage: parts.lineage,
    onLost: (count, error) => {
      metrics.auditLost.inc({ kind: 'answer' }, count);
      logger.error({ count, err: error }, 'answers left without an audit entry');
    },
  });
  const anchoring = startAnchoring(store.audit, audit, instanceId, ANCHOR_MS);
  const keeper = startStoreKeeper({
    store,
    trail: audit,
    instance: instanceId,
    policy: retentionPolicy(config),
    onFailure: (error) => logger.warn({ err: error }, 'housekeeping of the store failed'),
  });
  const backtests = createBacktestJobs({
    bars: engine.bars,
    jobs: store.jobs,
    trail: audit,
    particles: config.model.particles,
    seed: config.model.seed,
    now: Date.now,
    ...BACKTESTS,
  });
  return {
    books,
    tokens,
    answers: (answer, caller) => answers.record(answer, caller),
    async routes(guarded, { valuation }) {
      await guarded.register(tokenRoutes, { tokens });
      await guarded.register(auditRoutes, { desk: createAuditDesk(store.audit, audit) });
      await guarded.register(complianceRoutes, { desk: createComplianceDesk(monitor, store.compliance) });
      await guarded.register(portfolioRoutes, { books, engine, currency });
      await guarded.register(portfolioRiskRoutes, { books, recorder, engine, valuation, currency });
      await guarded.register(portfolioExplainRoutes, { books, recorder, valuation, models, currency });
      await guarded.register(portfolioLimitRoutes, { books, engine, valuation });
      await guarded.register(backtestRoutes, { backtests });
    },
    async close() {
      await backtests.close();
      await keeper.close();
      await anchoring.close();
      await recorder.close();
      await answers.flush();
    },
  };
}

/** Without a word of its age a kind of record stays for ever. */
function retentionPolicy({ retention: { auditMs, ...aged } }: Config): RetentionPolicy {
  return auditMs === undefined ? aged : { ...aged, auditMs };
}
