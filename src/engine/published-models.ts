/**
 * Reads what is published of each model, on the main thread: above all its forecast of the next bar.
 * Flow: memory/publication -> here -> model-slots, forecast-ledger, lineage-keeper.
 */
import type { Bar } from '#domain/market/bar.ts';
import { logTail } from '#domain/measure/log-tail.ts';
import { fitName } from '#memory/fit-name.ts';
import { HASH_BYTES } from '#memory/publication.ts';
import type { RiskMemory } from '#memory/risk-memory.ts';

export interface OneStepForecast {
  readonly symbol: string;
  readonly intervalMs: number;
  /** Open time of the bar that is forecast. */
  readonly openTimeMs: number;
  /** As answers for this symbol alone name it at this interval. */
  readonly modelVersion: string;
  /** At the confidences asked for; log return, losses positive. */
  readonly var: readonly number[];
  readonly es: readonly number[];
  /** Copy of the fine quantile row. */
  readonly logReturn: Float64Array;
}

/** What one epoch of one interval stands on. */
export interface PublishedHead {
  readonly intervalMs: number;
  readonly epoch: number;
  /** By symbol index; undefined where a symbol has no posterior. */
  readonly symbols: readonly ({ readonly fitHash: string; readonly lastOpenTimeMs: number } | undefined)[];
}

export interface PublishedModels {
  /** Forecasts of the next bar of every symbol that has a posterior at this interval. */
  forecasts(intervalMs: number, confidences: readonly number[]): readonly OneStepForecast[];
  head(intervalMs: number): PublishedHead | undefined;
  /** The newest `count` bars taken in that open no later than `untilMs`, oldest first. */
  takenBars(symbol: string, intervalMs: number, untilMs: number, count: number): readonly Bar[];
}

const READS_MAX = 4;

/** Reads the newest epoch; again where another came meanwhile. Undefined before the first. */
export function readPublished<T>(
  memory: RiskMemory,
  intervalIndex: number,
  read: (epoch: number, interval: RiskMemory['intervals'][number]) => T,
): T | undefined {
  const interval = memory.intervals[intervalIndex]!;
  for (let attempt = 0; attempt < READS_MAX; attempt++) {
    const epoch = interval.publication.epoch();
    if (epoch === 0) return undefined;
    const value = read(epoch, interval);
    if (interval.publication.epoch() === epoch) return value;
  }
  return undefined;
}

export function createPublishedModels(memory: RiskMemory): PublishedModels {
  const { symbols } = memory.plan;

  function indexOf(intervalMs: number): number {
    const intervalIndex = memory.intervals.findIndex(({ plan }) => plan.intervalMs === intervalMs);
    if (intervalIndex < 0) throw new RangeError(`no model interval of ${intervalMs} ms`);
    return intervalIndex;
  }

  return {
    head: (intervalMs) =>
      readPublished(memory, indexOf(intervalMs), (epoch, { publication }) => {
        const { posteriorSlot, fitHash, lastOpenTimeMs } = publication.slot(epoch);
        return {
          intervalMs,
          epoch,
          symbols: symbols.map((_, index) =>
            posteriorSlot[index]! < 0
              ? undefined
              : {
                  fitHash: Buffer.from(fitHash.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES)).toString(
                    'hex',
                  ),
                  lastOpenTimeMs: lastOpenTimeMs[index]!,
                },
          ),
        };
      }),
    takenBars: (symbol, intervalMs, untilMs, count) =>
      memory.intervals[indexOf(intervalMs)]!.history.read(symbols.indexOf(symbol), count, untilMs),
    forecasts(intervalMs, confidences) {
      const intervalIndex = indexOf(intervalMs);
      const found = readPublished(memory, intervalIndex, (epoch, { publication }) => {
        const slot = publication.slot(epoch);
        return symbols.flatMap((symbol, index): OneStepForecast[] => {
          if (slot.posteriorSlot[index]! < 0) return [];
          const logReturn = slot.marginal(index, 0).logReturn.slice();
          const tails = confidences.map((confidence) => logTail(logReturn, confidence));
          const fit = slot.fitHash.slice(index * HASH_BYTES, (index + 1) * HASH_BYTES);
          return [
            {
              symbol,
              intervalMs,
              openTimeMs: slot.lastOpenTimeMs[index]! + intervalMs,
              modelVersion: fitName([{ intervalMs, hashes: [fit] }]),
              var: tails.map(({ valueAtRisk }) => valueAtRisk),
              es: tails.map(({ shortfall }) => shortfall),
              logReturn,
            },
          ];
        });
      });
      return found ?? [];
    },
  };
}
