/**
 * The facade that http sees. Everything behind it (feed, posterior, pool, store) is the engine's affair.
 */
import type { Outcome } from '#domain/failure.ts';
import type { Bar } from '#domain/market/bar.ts';
import type { Provenance } from '#domain/market/tick.ts';
import type { RiskAnswer } from '#domain/measure/risk-answer.ts';
import type { RiskQuery } from '#domain/measure/risk-query.ts';

export interface InstrumentView {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly status: 'trading' | 'halted' | 'unknown';
  readonly historyBars: number;
  readonly lastPrice: number;
}

export interface MarketDataView {
  readonly symbol: string;
  readonly state: 'live' | 'stale' | 'gap' | 'halted' | 'down';
  readonly lastEventMs: number;
  readonly ageMs: number;
  readonly gapCount: number;
  readonly duplicateCount: number;
  readonly lost: readonly {
    readonly fromMs: number;
    readonly toMs: number;
    readonly trades: number;
    readonly reason: string;
  }[];
}

export interface HealthCheck {
  readonly name: string;
  readonly status: 'ok' | 'degraded' | 'failed' | 'unknown';
  readonly ageMs: number;
  readonly detail?: string;
}

export interface HealthView {
  readonly live: boolean;
  readonly started: boolean;
  readonly ready: boolean;
  readonly draining: boolean;
  readonly status: 'ok' | 'degraded' | 'failed';
  readonly provenance: Provenance;
  readonly checks: readonly HealthCheck[];
}

export interface RiskEngine {
  /** Values a book in the worker pool. `traceparent` links the worker's span to the request. */
  valueAtRisk(query: RiskQuery, context: { readonly signal?: AbortSignal }): Promise<Outcome<RiskAnswer>>;
  /** Names (model version, last closed bar) for one symbol; the ETag of cached answers. */
  revision(symbol: string): string | undefined;
  instruments(): readonly InstrumentView[];
  marketData(): readonly MarketDataView[];
  bars(
    symbol: string,
    intervalMs: number,
    fromMs: number,
    toMs: number,
    limit: number,
  ): Outcome<readonly Bar[]>;
  health(): HealthView;
}
