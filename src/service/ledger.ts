/**
 * Connects the forecast ledger: forecasts go in when an epoch is published, outcomes when a bar closes, and
 * what comes out feeds metrics, compliance and retraining.
 * Flow: valuation cycle, ingest -> here -> engine/forecast-ledger -> store, metrics, retraining triggers.
 */
import type { Bar } from '#domain/market/bar.ts';
import type { Provenance } from '#domain/market/tick.ts';
import {
  type ClosedBar,
  ForecastLedger,
  LEDGER_CONFIDENCES,
  type StandingAlarm,
} from '#engine/forecast-ledger.ts';
import type { ModelSlot } from '#engine/model-machine.ts';
import type { PublishedModels } from '#engine/published-models.ts';
import { isStoreOutage } from '#engine/store-outage.ts';
import type { Store } from '#store/ports/store.ts';
import type { Logger } from '#telemetry/logger.ts';
import type { Metrics } from '#telemetry/metrics.ts';

export interface LedgerParts {
  readonly store: Store;
  readonly symbols: readonly string[];
  readonly slots: readonly ModelSlot[];
  readonly published: PublishedModels;
  readonly provenance: () => Provenance;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  readonly onAlarm: (alarm: StandingAlarm) => void;
}

export interface LiveLedger {
  readonly ledger: ForecastLedger;
  /** Takes up the record in the store, as soon as the store answers. */
  restore(): void;
  /** The bar before the first live one of a symbol and interval: its close opens the first return. */
  seed(symbolIndex: number, bar: Bar | undefined): void;
  onBar(symbolIndex: number, bar: Bar): void;
  onPublished(intervalMs: number): void;
  close(): Promise<void>;
}

const RESCORE_MS = 60_000;
const RESTORE_RETRY_MS = 500;
const RESTORE_RETRY_MAX_MS = 30_000;

export function buildLedger(parts: LedgerParts): LiveLedger {
  const { store, symbols, slots, published, logger, metrics } = parts;
  const modelIds = new Map(
    slots.map(({ modelId, symbol, intervalMs }) => [`${symbol}:${intervalMs}`, modelId]),
  );
  const previous = new Map<string, Bar>();
  const ledger = new ForecastLedger({
    forecasts: store.forecasts,
    modelId: (symbol, intervalMs) => modelIds.get(`${symbol}:${intervalMs}`) ?? `${symbol}:${intervalMs}`,
    now: parts.now,
    onLost: (count, error) => logger.error({ count, err: error }, 'forecasts could not be kept'),
    onAlarm: (alarm) => {
      logger.warn(alarm, 'the forecasts of a model are not good enough');
      parts.onAlarm(alarm);
    },
  });
  let work: Promise<void> = Promise.resolve();
  /** In order: a forecast is issued before its outcome is scored. */
  const then = (step: () => Promise<void>) => {
    work = work
      .then(step)
      .catch((error: unknown) => logger.error({ err: error }, 'the forecast ledger failed'));
  };
  const rescore = setInterval(() => then(() => ledger.rescore().then(report)), RESCORE_MS);
  rescore.unref();

  let retry: NodeJS.Timeout | undefined;
  function restore(waitMs: number): void {
    then(async () => {
      if (store.health().status === 'ok' && (await restored())) return report();
      retry = setTimeout(() => restore(Math.min(2 * waitMs, RESTORE_RETRY_MAX_MS)), waitMs);
      retry.unref();
    });
  }

  /** What was scored meanwhile is in the store once nothing is spooled. */
  async function restored(): Promise<boolean> {
    try {
      for (const { modelId, promotedMs } of await store.models.champions())
        ledger.championSince(modelId, promotedMs ?? 0);
      await ledger.restore(slots);
      return true;
    } catch (error) {
      if (isStoreOutage(error)) return false;
      throw error;
    }
  }

  function report(): void {
    for (const { modelId, forecasts, calibration } of ledger.accuracy()) {
      metrics.modelAccuracySamples.set({ model: modelId }, forecasts);
      if (calibration !== undefined)
        metrics.modelAccuracy.set({ model: modelId }, calibration.accuracy / 100);
    }
  }

  return {
    ledger,
    restore: () => restore(RESTORE_RETRY_MS),
    seed(symbolIndex, bar) {
      if (bar !== undefined) previous.set(`${symbolIndex}:${bar.intervalMs}`, bar);
    },
    onBar(symbolIndex, bar) {
      const symbol = symbols[symbolIndex]!;
      if (!modelIds.has(`${symbol}:${bar.intervalMs}`)) return;
      const before = previous.get(`${symbolIndex}:${bar.intervalMs}`);
      if (before !== undefined && bar.openTimeMs <= before.openTimeMs) return;
      previous.set(`${symbolIndex}:${bar.intervalMs}`, bar);
      if (before === undefined) return;
      const closed: ClosedBar = {
        symbol,
        intervalMs: bar.intervalMs,
        openTimeMs: bar.openTimeMs,
        logReturn: Math.log(bar.close / before.close),
        elapsedBars: Math.round((bar.openTimeMs - before.openTimeMs) / bar.intervalMs),
      };
      then(() => ledger.settle([closed]).then(report));
    },
    onPublished(intervalMs) {
      const issued = published.forecasts(intervalMs, LEDGER_CONFIDENCES);
      const provenance = parts.provenance();
      then(() => ledger.issue(issued.map((forecast) => ({ ...forecast, provenance }))));
    },
    async close() {
      clearInterval(rescore);
      clearTimeout(retry);
      await work;
    },
  };
}
