/**
 * From a cold process to models that can answer: ticks first, so that nothing is missed, then histories over
 * REST, then fits. Failures of the exchange are waited out; each symbol's history is tried until it is there.
 * Flow: start-service -> here -> ingest, valuation-cycle. Units: milliseconds, bars.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bar } from '#domain/market/bar.ts';
import type { Ingest } from '#engine/ingest.ts';
import type { ModelRegistry } from '#engine/model-registry.ts';
import type { ValuationCycle } from '#engine/valuation-cycle.ts';
import type { Logger } from '#telemetry/logger.ts';

export interface WarmUpOptions {
  readonly symbols: readonly string[];
  readonly intervalsMs: readonly number[];
  readonly historyBars: number;
  readonly ingest: Ingest;
  readonly cycle: ValuationCycle;
  readonly onHistory: (symbolIndex: number, bars: readonly Bar[]) => void;
  readonly registry: Pick<ModelRegistry, 'follow'>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** Histories in flight: some hundred kilobytes of JSON and its rows each, which the heap would keep room for. */
const HISTORY_LANES = 4;

export async function warmUp(options: WarmUpOptions): Promise<void> {
  const { symbols, intervalsMs, ingest, cycle, registry, logger, signal } = options;
  const startedAt = performance.now();
  await ingest.start();
  logger.info({ ms: Math.round(performance.now() - startedAt) }, 'ticks flow');
  const waiting = symbols.flatMap((symbol, symbolIndex) =>
    intervalsMs.map((intervalMs) => ({ symbol, symbolIndex, intervalMs })),
  );
  const lanes = Array.from({ length: HISTORY_LANES }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await loadHistory(options, next.symbol, next.symbolIndex, next.intervalMs);
  });
  await Promise.all(lanes);
  signal.throwIfAborted();
  logger.info({ ms: Math.round(performance.now() - startedAt) }, 'history is loaded');
  const installed = await registry.follow().catch((error: unknown) => {
    logger.warn({ err: error }, 'the store gave no champions, fitting afresh');
    return [];
  });
  logger.info({ installed: installed.length }, 'champions are installed');
  await cycle.start();
  logger.info({ ms: Math.round(performance.now() - startedAt) }, 'models are fitted');
}

async function loadHistory(
  { ingest, cycle, historyBars, onHistory, logger, signal }: WarmUpOptions,
  symbol: string,
  symbolIndex: number,
  intervalMs: number,
): Promise<void> {
  for (let waitMs = RETRY_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
    try {
      const bars = await ingest.loadHistory(symbolIndex, intervalMs, historyBars);
      cycle.loadHistory(symbolIndex, intervalMs, bars);
      onHistory(symbolIndex, bars);
      return;
    } catch (error) {
      logger.warn({ symbol, intervalMs, waitMs, err: error }, 'history could not be loaded, will try again');
      await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
