/**
 * A small engine with a plain law: normal returns with a fixed volatility per symbol, no correlation.
 * Deterministic, fast, and true to every invariant of an answer, so that the HTTP room can be tested alone.
 */
import { failure, type Outcome, success } from '../../src/domain/failure.ts';
import type { Bar } from '../../src/domain/market/bar.ts';
import type {
  QualityStatus,
  RiskAnswer,
  RiskEstimate,
  RiskResult,
} from '../../src/domain/measure/risk-answer.ts';
import type { RiskQuery } from '../../src/domain/measure/risk-query.ts';
import type { HealthView, RiskEngine } from '../../src/engine/risk-engine.ts';

const DAY_MS = 86_400_000;
const KEPT_MS = [60_000, 300_000, 3_600_000, DAY_MS];
const NOW_MS = 1_700_000_000_000;
const INSTRUMENTS = [
  { symbol: 'BTCUSDT', price: 60_000, volatility: 0.03 },
  { symbol: 'ETHUSDT', price: 3_000, volatility: 0.04 },
  { symbol: 'SOLUSDT', price: 150, volatility: 0.06 },
];

export interface FakeRiskEngine extends RiskEngine {
  /** Calls of valueAtRisk so far. */
  readonly calls: () => number;
  health: () => HealthView;
  /** Replaces the answer of the next calls. */
  fail: ((query: RiskQuery) => Outcome<RiskAnswer> | undefined) | undefined;
  version: number;
  /** Of the data behind the answers. */
  data: QualityStatus;
  /** Time one valuation takes. */
  delayMs: number;
}

export function createFakeRiskEngine(extraSymbols = 0): FakeRiskEngine {
  const instruments = [...INSTRUMENTS];
  for (let i = 0; i < extraSymbols; i++)
    instruments.push({ symbol: `COIN${i}USDT`, price: 10 + i, volatility: 0.05 });
  const bySymbol = new Map(instruments.map((entry) => [entry.symbol, entry]));
  let calls = 0;

  const engine: FakeRiskEngine = {
    calls: () => calls,
    fail: undefined,
    version: 1,
    data: 'fresh',
    delayMs: 0,
    async valueAtRisk(query) {
      calls++;
      if (engine.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, engine.delayMs));
      const forced = engine.fail?.(query);
      if (forced !== undefined) return forced;
      const missing = query.positions.find(({ symbol }) => !bySymbol.has(symbol));
      if (missing !== undefined) return failure('unknown-symbol', `${missing.symbol} is not followed`);
      const tooLong = query.horizonsMs.find((horizon) => horizon > 10 * DAY_MS);
      if (tooLong !== undefined) return failure('horizon-not-served', 'Horizons end at P10D');
      return success(value(query));
    },
    revision: (symbol) => (bySymbol.has(symbol) ? `v${engine.version}-${symbol}` : undefined),
    instruments: () =>
      instruments.map(({ symbol, price }) => ({
        symbol,
        base: symbol.slice(0, -4),
        quote: 'USDT',
        status: 'trading' as const,
        historyBars: 2_000,
        lastPrice: price,
      })),
    marketData: () =>
      instruments.map(({ symbol }) => ({
        symbol,
        state: 'live' as const,
        lastEventMs: NOW_MS,
        ageMs: 40,
        gapCount: 0,
        duplicateCount: 0,
        lost: [],
      })),
    bars(symbol, intervalMs, fromMs, toMs, limit) {
      const entry = bySymbol.get(symbol);
      if (entry === undefined) return failure('unknown-symbol', `${symbol} is not followed`);
      if (!KEPT_MS.includes(intervalMs))
        return failure('horizon-not-served', 'Bars of this length are not kept');
      const bars: Bar[] = [];
      const first = Math.max(Math.ceil(fromMs / intervalMs) * intervalMs, NOW_MS - 500 * intervalMs);
      for (
        let open = Math.ceil(first / intervalMs) * intervalMs;
        open < Math.min(toMs, NOW_MS);
        open += intervalMs
      ) {
        if (bars.length === limit) break;
        bars.push(bar(open, intervalMs, entry.price));
      }
      return success(bars);
    },
    health: () => ({
      live: true,
      started: true,
      ready: true,
      draining: false,
      status: 'ok',
      provenance: 'synthetic',
      checks: [
        { name: 'feed', status: 'ok', ageMs: 40 },
        { name: 'model', status: 'ok', ageMs: 1_000, detail: 'v1' },
      ],
    }),
  };

  function value(query: RiskQuery): RiskAnswer {
    const exposures = query.positions.map(({ symbol, quantity, notional }) => {
      const { price, volatility } = bySymbol.get(symbol) as (typeof INSTRUMENTS)[number];
      return { symbol, exposure: notional ?? (quantity ?? 0) * price, volatility };
    });
    const gross = exposures.reduce((sum, { exposure }) => sum + Math.abs(exposure), 0);
    const deviation = Math.hypot(...exposures.map(({ exposure, volatility }) => exposure * volatility));
    const results = query.horizonsMs.flatMap((horizonMs) =>
      query.confidences.map((confidence): RiskResult => {
        const scale = deviation * Math.sqrt(horizonMs / DAY_MS);
        const quantile = Math.sqrt(-2 * Math.log(1 - confidence)) * 0.8 * scale;
        return {
          confidence,
          horizonMs,
          var: estimate(quantile),
          es: estimate(quantile * 1.15),
          varRatio: gross === 0 ? 0 : quantile / gross,
          ...(query.contributions
            ? {
                contributions: exposures.map(({ symbol, exposure, volatility }) => {
                  const share = deviation === 0 ? 0 : (exposure * volatility) ** 2 / deviation ** 2;
                  return {
                    symbol,
                    exposure,
                    marginalVar: exposure === 0 ? 0 : (quantile * share) / exposure,
                    componentVar: quantile * share,
                    componentEs: quantile * 1.15 * share,
                    incrementalVar: quantile - Math.sqrt(Math.max(0, quantile ** 2 * (1 - share))),
                  };
                }),
              }
            : {}),
        };
      }),
    );
    return {
      asOfMs: NOW_MS,
      dataAsOfMs: NOW_MS - 40,
      currency: 'USDT',
      value: exposures.reduce((sum, { exposure }) => sum + exposure, 0),
      grossExposure: gross,
      results,
      method: query.method,
      credibleMass: query.credibleMass,
      seed: query.seed ?? 1,
      model: {
        id: 'fake',
        version: `v${engine.version}`,
        hash: 'f00d',
        weights: [{ model: 'normal', weight: 1 }],
      },
      provenance: 'synthetic',
      quality: { status: engine.data, maxAgeMs: 40, gaps: [], excluded: [], reasons: [] },
      lineageId: `fake-v${engine.version}`,
      calcUs: 120,
    };
  }
  return engine;
}

function estimate(middle: number): RiskEstimate {
  return {
    estimate: middle,
    lower: middle * 0.9,
    upper: middle * 1.1,
    modelLower: middle * 0.95,
    modelUpper: middle * 1.05,
    stdError: middle * 0.001,
  };
}

function bar(openTimeMs: number, intervalMs: number, price: number): Bar {
  return {
    openTimeMs,
    intervalMs,
    open: price,
    high: price * 1.01,
    low: price * 0.99,
    close: price,
    volume: 12.5,
    trades: 100,
    realisedVariance: openTimeMs % (2 * intervalMs) === 0 ? 1e-5 : Number.NaN,
    complete: true,
  };
}
