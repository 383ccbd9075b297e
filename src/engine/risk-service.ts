/**
 * The engine's facade: joins what the market says (ingest) with what the models know (valuation cycle).
 * Flow: http -> here -> ingest prices and quality, valuation-cycle answers.
 */
import { failure, type Outcome, success } from '#domain/failure.ts';
import type { Bar } from '#domain/market/bar.ts';
import type { RiskQuery } from '#domain/measure/risk-query.ts';
import { BASE_INTERVAL_MS, type Ingest } from './ingest.ts';
import { marketQuality, type QualityLimits } from './market-quality.ts';
import type { HealthCheck, HealthView, InstrumentView, RiskEngine } from './risk-engine.ts';
import type { ValuationCycle } from './valuation-cycle.ts';

export interface RiskServiceOptions {
  readonly symbols: readonly string[];
  readonly currency: string;
  readonly intervalsMs: readonly number[];
  readonly ingest: Ingest;
  readonly cycle: ValuationCycle;
  readonly limits: QualityLimits;
  readonly now: () => number;
  readonly draining: () => boolean;
  /** The start is over: history loaded, models fitted or installed. */
  readonly started: () => boolean;
  /** Checks of the parts that this facade does not know. */
  readonly otherChecks: () => readonly HealthCheck[];
}

export function createRiskService(options: RiskServiceOptions): RiskEngine {
  const { symbols, ingest, cycle, limits, now } = options;
  const kept = new Set([BASE_INTERVAL_MS, ...options.intervalsMs]);
  const indexOf = new Map(symbols.map((symbol, index) => [symbol, index]));

  function modelCheck(): HealthCheck {
    const waiting = symbols.filter((_, index) => !cycle.ready(index));
    if (waiting.length === 0) return { name: 'models', status: 'ok', ageMs: 0 };
    const status = options.started() ? 'degraded' : 'unknown';
    return { name: 'models', status, ageMs: 0, detail: `no posterior yet: ${waiting.join(', ')}` };
  }

  /** A model and a price: without either no book of the symbol is answered. */
  const answerable = (_symbol: string, index: number): boolean =>
    cycle.ready(index) && ingest.lastPrice(index) > 0;

  function feedCheck(): HealthCheck {
    const { feed, symbols: views } = ingest.status();
    const ageMs = views.reduce((oldest, view) => Math.max(oldest, view.ageMs), 0);
    const ailing = views.filter(({ state }) => state !== 'live' && state !== 'halted');
    const blocked =
      feed.blockedUntilMs > now()
        ? [`REST is blocked until ${new Date(feed.blockedUntilMs).toISOString()}`]
        : [];
    const detail = [
      ...ailing.map(({ symbol, state }) => `${symbol} ${state}`),
      ...blocked,
      ...(feed.trouble === undefined ? [] : [feed.trouble]),
    ].join(', ');
    if (detail === '')
      return { name: 'feed', status: 'ok', ageMs, detail: `${feed.host} (${feed.provenance})` };
    return { name: 'feed', status: ailing.length === views.length ? 'failed' : 'degraded', ageMs, detail };
  }

  return {
    valueAtRisk(query, { signal }) {
      const known = inBook(query, indexOf);
      if (!known.ok) return Promise.resolve(known);
      if (!options.started()) return Promise.resolve(failure('not-ready', 'the models are being fitted'));
      const status = ingest.status();
      const views = known.value.map((index) => status.symbols[index]!);
      const quality = marketQuality(
        views,
        known.value.map((index) => ingest.lastPrice(index)),
        limits,
        now(),
      );
      if (!quality.ok) return Promise.resolve(quality);
      const prices = symbols.map((_, index) => ingest.lastPrice(index));
      const inputs = { prices, quality: quality.value, provenance: status.feed.provenance };
      return cycle.valueAtRisk(query, signal === undefined ? inputs : { ...inputs, signal });
    },
    revision: (symbol) => cycle.revision(symbol),
    instruments: () => {
      const { symbols: views } = ingest.status();
      return symbols.map(
        (symbol, index): InstrumentView => ({
          symbol,
          base: symbol.endsWith(options.currency) ? symbol.slice(0, -options.currency.length) : symbol,
          quote: options.currency,
          status:
            views[index]?.state === 'halted'
              ? 'halted'
              : views[index]?.state === 'down'
                ? 'unknown'
                : 'trading',
          historyBars: Math.max(
            ...options.intervalsMs.map((intervalMs) => cycle.historyBars(index, intervalMs)),
          ),
          lastPrice: ingest.lastPrice(index),
        }),
      );
    },
    marketData: () => ingest.status().symbols,
    bars(symbol, intervalMs, fromMs, toMs, limit): Outcome<readonly Bar[]> {
      const index = indexOf.get(symbol);
      if (index === undefined) return failure('unknown-symbol', `${symbol} is not followed`, { symbol });
      if (!kept.has(intervalMs)) return failure('horizon-not-served', 'Bars of this length are not kept');
      return success(ingest.bars(index, intervalMs, fromMs, toMs, limit));
    },
    health(): HealthView {
      const checks = [feedCheck(), modelCheck(), ...options.otherChecks()];
      const bad = checks.some(({ status }) => status === 'failed');
      const ailing = checks.some(({ status }) => status !== 'ok');
      const started = options.started();
      return {
        live: true,
        started,
        ready: started && !options.draining() && symbols.some(answerable),
        draining: options.draining(),
        status: bad ? 'failed' : ailing ? 'degraded' : 'ok',
        provenance: ingest.status().feed.provenance,
        checks,
      };
    },
  };
}

/** Indices of the book's symbols, or the first that is not followed. */
function inBook({ positions }: RiskQuery, indexOf: ReadonlyMap<string, number>): Outcome<readonly number[]> {
  const indices: number[] = [];
  for (const { symbol } of positions) {
    const index = indexOf.get(symbol);
    if (index === undefined) return failure('unknown-symbol', `${symbol} is not followed`, { symbol });
    indices.push(index);
  }
  return success(indices);
}
