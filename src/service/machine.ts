/**
 * The market side of the service: feed, ring, bars, and the posteriors that learn from them.
 * Flow: start-service -> here -> feed, engine/ingest, engine/valuation-cycle.
 */
import { availableParallelism } from 'node:os';
import type { Config } from '#config/load-config.ts';
import type { Bar } from '#domain/market/bar.ts';
import type { EventHub } from '#engine/event-hub.ts';
import { createIngest, type Ingest } from '#engine/ingest.ts';
import { createValuationCycle, type ValuationCycle, type ValuationEvent } from '#engine/valuation-cycle.ts';
import type { ValuationPlanOptions } from '#engine/valuation-plan.ts';
import { createBinanceFeed } from '#feed/binance/binance-feed.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';
import type { FitReply } from '#worker/protocol.ts';
import { ingestMetrics } from './ingest-metrics.ts';

export interface MachineParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly hub: EventHub;
  readonly onBar: (symbolIndex: number, bar: Bar) => void;
  readonly onPublished: (intervalMs: number) => void;
  readonly onFitted: (modelId: string, fit: FitReply) => void;
  readonly onAnswered: (event: AnsweredEvent) => void;
}

type AnsweredEvent = Extract<ValuationEvent, { kind: 'answered' }>;

export interface Machine {
  readonly ingest: Ingest;
  readonly cycle: ValuationCycle;
  readonly plan: ValuationPlanOptions;
  /** Bars of each interval to load before the first fit. */
  readonly historyBars: number;
}

/** Room for several seconds of the busiest minute seen on Binance. */
const RING_TICKS = 1 << 16;
const FIT_BARS = 2_400;

export function buildMachine(parts: MachineParts): Machine {
  const { config, logger, metrics, hub } = parts;
  const { market, model, binance } = config;
  const { symbols, barIntervalsMs } = market;
  const clock = { nowMs: () => Date.now() };
  const feed = createBinanceFeed({
    symbols,
    streamBases: binance.wsUrls,
    restBases: binance.restUrls,
    tradeStream: binance.tradeStream,
    quotes: true,
    klines: ['1m'],
  });
  /** By interval: when its newest bar closed, on the exchange's clock. */
  const lastCloseMs = new Map<number, number>();
  const plan: ValuationPlanOptions = {
    symbols,
    intervalsMs: barIntervalsMs,
    particles: model.particles,
    seed: model.seed,
    fitBars: FIT_BARS,
  };
  const cycle = createValuationCycle({
    ...plan,
    currency: market.accountCurrency,
    threads: model.workerThreads ?? Math.max(1, availableParallelism() - 1),
    inferenceThreads: model.inferenceThreads ?? availableParallelism(),
    queueLimit: model.valuationQueueLimit,
    deadlineMs: model.valuationDeadlineMs,
    now: Date.now,
    onEvent: (event) => {
      reportValuation(event, logger, metrics);
      if (event.kind === 'answered') parts.onAnswered(event);
      if (event.kind === 'fitted') {
        const { symbol, intervalMs, reply } = event;
        const slot = cycle.slots.find((one) => one.symbol === symbol && one.intervalMs === intervalMs);
        if (slot !== undefined) parts.onFitted(slot.modelId, reply);
      }
      if (event.kind !== 'updated') return;
      const closedMs = lastCloseMs.get(event.intervalMs);
      const interval = String(event.intervalMs / 1000);
      if (event.reply.observedBars > 0 && closedMs !== undefined)
        metrics.publishLag.observe({ interval }, Math.max(0, Date.now() - closedMs) / 1000);
      if (event.intervalMs === barIntervalsMs[0])
        for (const symbol of symbols) metrics.modelEpoch.set({ symbol }, event.reply.epoch);
      parts.onPublished(event.intervalMs);
    },
  });
  const ingest = createIngest({
    symbols,
    feed,
    ringCapacity: RING_TICKS,
    intervals: barIntervalsMs,
    clock,
    varianceFrom: market.barVarianceFrom,
    staleMs: market.staleAfterMs,
    onBar: (symbolIndex, bar) => {
      lastCloseMs.set(bar.intervalMs, bar.openTimeMs + bar.intervalMs);
      parts.onBar(symbolIndex, bar);
      cycle.onBar(symbolIndex, bar);
    },
    metrics: ingestMetrics(metrics),
    onEvent: (event) => {
      const symbol = event.symbolIndex === undefined ? undefined : symbols[event.symbolIndex];
      logger.info({ event: { ...event, symbol } }, 'feed event');
      if (symbol !== undefined)
        hub.publish('quality', { symbol, kind: event.kind, message: event.message ?? null });
    },
  });
  return { ingest, cycle, plan, historyBars: FIT_BARS };
}

function reportValuation(event: ValuationEvent, logger: Logger, metrics: Metrics): void {
  switch (event.kind) {
    case 'fitted':
      metrics.workerTasks.inc({ task: 'fit', result: 'ok' });
      metrics.workerTaskDuration.observe({ task: 'fit' }, event.reply.elapsedMs / 1000);
      metrics.modelTrained.set({ model: `${event.symbol}:${event.intervalMs / 1000}s` }, Date.now() / 1000);
      for (const { model, ess, paretoK } of event.reply.members) {
        metrics.essMin.set({ model }, ess);
        metrics.paretoK.set({ model }, paretoK);
      }
      logger.info({ symbol: event.symbol, intervalMs: event.intervalMs, ...event.reply }, 'model fitted');
      return;
    case 'updated':
      metrics.workerTasks.inc({ task: 'update', result: 'ok' });
      metrics.workerTaskDuration.observe({ task: 'update' }, event.reply.elapsedMs / 1000);
      return;
    case 'inference-failed':
      metrics.workerTasks.inc({ task: 'update', result: 'failed' });
      logger.error({ intervalMs: event.intervalMs, err: event.error }, 'inference failed');
      return;
    case 'worker-lost':
      metrics.workerTasks.inc({ task: 'value', result: 'lost' });
      logger.error({ err: event.error }, 'a worker thread was lost');
      return;
    case 'lapped':
      logger.debug({ laps: event.laps }, 'an answer was read again because its epoch was overwritten');
  }
}
