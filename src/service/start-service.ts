/**
 * Builds the running service bottom-up and closes it top-down. HTTP listens before the market is there, so
 * that probes and people can see why it is not ready.
 * Flow: main -> here -> every room.
 */
import { randomUUID } from 'node:crypto';
import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '#config/load-config.ts';
import type { AccountSync } from '#engine/account-sync.ts';
import { AuditLog } from '#engine/audit-log.ts';
import { underDirective } from '#engine/compliance-enforcement.ts';
import { createEventHub } from '#engine/event-hub.ts';
import { FitWatch } from '#engine/fit-watch.ts';
import { createInstanceRegister } from '#engine/instance-register.ts';
import { createRiskService } from '#engine/risk-service.ts';
import { createDrain } from '#http/drain.ts';
import { createLifecycle, type Lifecycle } from '#http/lifecycle.ts';
import { PRESSURE_SAMPLE_MS } from '#http/plugins/load-shedding.ts';
import { createLogger } from '#telemetry/logger.ts';
import { createMetrics } from '#telemetry/metrics.ts';
import { startStateSampler } from '#telemetry/state-sampler.ts';
import { startTracing } from '#telemetry/tracing.ts';
import { accountCheck, buildAccountSync } from './account.ts';
import { buildComplianceMonitor } from './compliance.ts';
import { buildGovernance } from './governance.ts';
import { otherChecks } from './health-checks.ts';
import { dropGarbage } from './heap-growth.ts';
import { buildLedger } from './ledger.ts';
import { buildLineage } from './lineage.ts';
import { listen } from './listen.ts';
import { buildMachine } from './machine.ts';
import { buildRecordKeeping } from './record-keeping.ts';
import { rehearse } from './rehearsal.ts';
import { buildSandboxPool } from './sandboxes.ts';
import { openConfiguredStore } from './store-options.ts';
import { warmUp } from './warm-up.ts';

export interface RunningService {
  readonly lifecycle: Lifecycle;
  /** Where the API listens. */
  readonly url: string;
}

/** A store that does not answer keeps nobody waiting: the round is taken up again at the next tick. */
const FIRST_ROUND_MS = 5_000;
/** Lost windows older than a day no longer mark answers. */
const GAP_MEMORY_MS = 86_400_000;

export async function startService(config: Config, exit: (code: number) => void): Promise<RunningService> {
  const { service, http, market, telemetry } = config;
  const instanceId = `${hostname()}-${randomUUID().slice(0, 8)}`;
  const logger = createLogger({ level: service.logLevel, version: service.version, color: service.color });
  const metrics = createMetrics({ version: service.version, commit: service.commit });
  const tracing = await startTracing({ endpoint: telemetry.otlpEndpoint });
  const drain = createDrain();
  const stopping = new AbortController();
  const store = await openConfiguredStore(config, instanceId, logger);
  const audit = new AuditLog({
    entries: store.audit,
    chain: instanceId,
    newChain: true,
    onKept: (rows) => {
      for (const { action } of rows) metrics.auditEvents.inc({ action });
    },
  });
  const hub = createEventHub((type, data) =>
    type === 'quality' ? String((data as { symbol?: unknown }).symbol) : '',
  );
  const register = createInstanceRegister({ leases: store.leases, instanceId });
  const sandboxes = await buildSandboxPool(config, instanceId, logger, metrics, register.living);
  const fits = new FitWatch();
  const machine = buildMachine({
    config,
    logger,
    metrics,
    hub,
    onBar: (symbolIndex, bar) => {
      ledger.onBar(symbolIndex, bar);
      lineage.bar(symbolIndex, bar);
    },
    onPublished: (intervalMs) => {
      lineage.published(intervalMs);
      ledger.onPublished(intervalMs);
    },
    onFitted: (modelId, fit) => fits.fitted(modelId, fit),
    onAnswered: ({ answer, task, epochs }) => lineage.answered(answer, task, epochs),
  });
  const { ingest, cycle } = machine;
  const lineage = buildLineage({ instanceId, store, machine, logger, metrics });
  const { governance, registry, retraining } = buildGovernance({
    config,
    instanceId,
    logger,
    metrics,
    hub,
    store,
    trail: audit,
    machine: cycle,
    pool: sandboxes,
    provenance: () => ingest.status().feed.provenance,
    standingAlarms: () => [...ledger.ledger.alarms(), ...fits.alarms()],
    onChampion: (modelId, sinceMs) => {
      fits.replaced(modelId);
      ledger.ledger.championSince(modelId, sinceMs);
    },
  });

  const ledger = buildLedger({
    store,
    symbols: market.symbols,
    slots: cycle.slots,
    published: cycle,
    provenance: () => ingest.status().feed.provenance,
    logger,
    metrics,
    now: Date.now,
    onAlarm: ({ modelId, kind, reason }) =>
      void retraining
        .request(modelId, kind, 'forecast-ledger')
        .then((jobId) => logger.info({ modelId, kind, reason, jobId }, 'retraining asked for'))
        .catch((error: unknown) =>
          logger.error({ err: error, modelId }, 'retraining could not be asked for'),
        ),
  });

  let started = false;
  let account: AccountSync | undefined;
  const monitor = buildComplianceMonitor({
    config,
    instanceId,
    store,
    trail: audit,
    metrics,
    hub,
    ingest: () => ingest.status(),
    sandboxes: () => sandboxes.status(),
    accuracy: () => ledger.ledger.accuracy(),
    account: () => account?.status(),
    onViolation: (rule, { actual, target, evidence }) =>
      logger.error({ rule, actual, target, evidence }, 'the Prime Directive is violated'),
  });
  const engine = underDirective(
    createRiskService({
      symbols: market.symbols,
      currency: market.accountCurrency,
      intervalsMs: market.barIntervalsMs,
      ingest,
      cycle,
      limits: {
        staleAfterMs: market.staleAfterMs,
        maxStaleMs: market.maxStaleMs,
        gapMemoryMs: GAP_MEMORY_MS,
      },
      now: Date.now,
      draining: () => drain.draining,
      started: () => started,
      otherChecks: () => [
        ...otherChecks({ store, sandboxes, monitor, cycle }),
        ...(account === undefined ? [] : [accountCheck(account.status(), Date.now())]),
      ],
    }),
    monitor,
  );
  const records = buildRecordKeeping({
    config,
    instanceId,
    store,
    audit,
    monitor,
    engine,
    models: cycle,
    logger,
    metrics,
    lineage,
  });
  account = buildAccountSync(config, records.books, () => ingest.status().feed.clockOffsetMs, logger);
  const { close: closeHttp, url } = await listen({
    config,
    engine,
    governance,
    store,
    records,
    hub,
    logger,
    metrics,
    drain,
    tracing: tracing.enabled,
    instanceId,
  });
  logger.info({ url, instanceId, metricsPort: http.metricsPort }, 'listening');

  const stopSampling = startStateSampler(metrics, {
    feedFresh: () => engine.marketData().every(({ state }) => state === 'live' || state === 'halted'),
    counted: () => started && !drain.draining,
    sandboxes: () => sandboxes.status(),
    queuedTasks: () => cycle.waiting,
  });

  ledger.restore();
  monitor.start();
  void register
    .beat()
    .then(() => sandboxes.start())
    .catch((error: unknown) => logger.error({ err: error }, 'the sandbox pool did not start'));
  const warming = warmUp({
    symbols: market.symbols,
    intervalsMs: market.barIntervalsMs,
    historyBars: machine.historyBars,
    ingest,
    cycle,
    registry,
    onHistory: (symbolIndex, bars) => ledger.seed(symbolIndex, bars.at(-1)),
    logger,
    signal: stopping.signal,
  }).then(
    async () => {
      // The first caller finds what its answer stands on written, first models registered, the directive judged.
      await lineage.flush();
      await monitor.evaluate();
      await Promise.race([retraining.tick().catch(() => undefined), delay(FIRST_ROUND_MS)]);
      const rehearsed = await rehearse(cycle, market.symbols);
      dropGarbage();
      // A whole sample after that pause must show a free loop, or the first callers would be turned away.
      await delay(2 * PRESSURE_SAMPLE_MS);
      if (stopping.signal.aborted) return;
      started = true;
      retraining.start();
      account?.start();
      flushCompileCache();
      logger.info({ rehearsed }, 'ready');
    },
    (error: unknown) => {
      if (!stopping.signal.aborted) logger.fatal({ err: error }, 'the service could not warm up');
      if (!stopping.signal.aborted) void lifecycle.stop('warm-up failed');
    },
  );

  const lifecycle = createLifecycle({
    drain,
    drainMs: http.drainMs,
    timeoutMs: http.shutdownTimeoutMs,
    logger,
    metrics,
    exit,
    close: [
      { name: 'http', close: closeHttp },
      {
        name: 'warm-up',
        close: () => {
          stopping.abort();
          return Promise.resolve();
        },
      },
      {
        name: 'sampling',
        close: () => {
          stopSampling();
          return Promise.resolve();
        },
      },
      { name: 'retraining', close: () => retraining.close() },
      { name: 'compliance', close: () => monitor.close() },
      { name: 'feed', close: () => ingest.close() },
      { name: 'models', close: () => cycle.close() },
      { name: 'sandboxes', close: () => sandboxes.close() },
      { name: 'register', close: () => register.close() },
      { name: 'account', close: () => account?.close() ?? Promise.resolve() },
      { name: 'records', close: () => records.close() },
      { name: 'lineage', close: () => lineage.flush() },
      { name: 'ledger', close: () => ledger.close() },
      { name: 'audit', close: () => audit.close() },
      { name: 'store', close: () => store.close() },
      { name: 'tracing', close: () => tracing.close() },
    ],
  });
  void warming;
  return { lifecycle, url };
}
